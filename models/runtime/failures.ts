// Maps errors of the runtime to fault codes, each with what a person can do.
import { EngineFault, fault } from '../../src/errors';

const MEMORY =
  /out of memory|bad_alloc|failed to allocate|allocation failed|array buffer allocation|memory access out of bounds|exceeds? .*(limit|maxBufferSize)/i;
const DEVICE =
  /device (was |is )?(lost|destroyed)|A valid external Instance reference no longer exists|Failed to download data from buffer/i;
const F16 = /shader-f16|f16 but the device|requires f16/i;
/** The runtime fetches its WebAssembly file when its first session is made, which may be after minutes of download. */
const NOT_FETCHED = /no available backend found.*(?:failed to fetch|fetching of the wasm failed|NetworkError|Load failed)/is;

/**
 * The fault of a thrown value; faults pass through unchanged. What is not known is the fault of `graph`, the file that was being built or run:
 * BAD_MODEL with the runtime's reason. Where there is none it is INTERNAL. The text of the error is the detail.
 */
export function sortFailure(thrown: unknown, doing: string, graph: string | null = null): EngineFault {
  if (thrown instanceof EngineFault) return thrown;
  const detail = thrown instanceof Error ? `${doing}: ${thrown.name}: ${thrown.message}` : `${doing}: ${String(thrown)}`;
  if (NOT_FETCHED.test(detail)) return notFetched(detail);
  if (DEVICE.test(detail)) return deviceLost(detail);
  if (F16.test(detail)) {
    return fault('NO_F16', 'This GPU cannot compute in 16-bit floating point.', 'Load the q4 type instead, which computes in 32 bits.', {
      detail,
    });
  }
  if (MEMORY.test(detail)) return outOfMemory(detail, graph);
  if (graph !== null) {
    const message = `The model runtime failed while ${doing}: ${reasonIn(thrown)}.`;
    return fault(
      'BAD_MODEL',
      message,
      `Load the model again. If it fails again, ${graph} is damaged or made for another runtime: ${AGAIN}`,
      {
        retry: true,
        detail,
      },
    );
  }
  return fault(
    'INTERNAL',
    `The model runtime failed while ${doing}.`,
    'Run again; if it fails again, reload the page and load the model anew.',
    {
      retry: true,
      detail,
    },
  );
}

const AGAIN = 'delete the stored copy and download or copy the model again, or choose another model.';
const LONGEST_REASON = 240;
/** The function of the runtime that found the error, in front of what it says. */
const SIGNATURE = /^[^()]*::[^()]*\((?:[^()]|\([^()]*\))*\) */;

/** What the runtime says is wrong, without its error numbers and the places in its source, as the end of a sentence. */
function reasonIn(thrown: unknown): string {
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const reason = (text.split(/ERROR_MESSAGE:\s*/).at(-1) ?? text)
    .replaceAll(/\S*onnxruntime\S*\.(?:cc|h):\d+ ?/g, '')
    .replaceAll(/\s+/g, ' ')
    .replace(SIGNATURE, '')
    .replaceAll(/\[ONNXRuntimeError\] : \d+ : \w+ : /g, '')
    .trim();
  return (reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason).replace(/[.:]+$/, '') || 'no reason given';
}

export function notFetched(detail: string): EngineFault {
  return fault('DOWNLOAD', 'The model runtime could not be loaded.', 'Check the connection and try again.', { retry: true, detail });
}

export function deviceLost(detail: string): EngineFault {
  return fault('DEVICE_LOST', 'The GPU was lost.', 'Load the model again; if it happens again, use a smaller picture or choose WASM.', {
    retry: true,
    detail,
  });
}

/** `graph`: the file that was being built or run; null when it was none. */
export function outOfMemory(detail: string, graph: string | null = null): EngineFault {
  return fault(
    'OUT_OF_MEMORY',
    graph === null ? 'There was not enough memory.' : `There was not enough memory for ${graph}.`,
    'Close other tabs, use a smaller picture or fewer tokens, or load a smaller type (q4f16 or q4) or a smaller model.',
    { retry: true, detail },
  );
}
