// Maps errors of the runtime to fault codes, each with what a person can do.
import { EngineFault, fault } from '../../src/errors';

const MEMORY =
  /out of memory|bad_alloc|failed to allocate|allocation failed|array buffer allocation|memory access out of bounds|exceeds? .*(limit|maxBufferSize)/i;
const DEVICE =
  /device (was |is )?(lost|destroyed)|A valid external Instance reference no longer exists|Failed to download data from buffer/i;
const F16 = /shader-f16|f16 but the device|requires f16/i;
/** The runtime fetches its WebAssembly file when its first session is made, which may be after minutes of download. */
const NOT_FETCHED = /no available backend found.*(?:failed to fetch|fetching of the wasm failed|NetworkError|Load failed)/is;

/** The fault of a thrown value; faults pass through unchanged, unknown errors are INTERNAL with their text as detail. */
export function sortFailure(thrown: unknown, doing: string): EngineFault {
  if (thrown instanceof EngineFault) return thrown;
  const detail = thrown instanceof Error ? `${doing}: ${thrown.name}: ${thrown.message}` : `${doing}: ${String(thrown)}`;
  if (NOT_FETCHED.test(detail)) return notFetched(detail);
  if (DEVICE.test(detail)) return deviceLost(detail);
  if (F16.test(detail)) {
    return fault('NO_F16', 'This GPU cannot compute in 16-bit floating point.', 'Load the q4 type instead, which computes in 32 bits.', {
      detail,
    });
  }
  if (MEMORY.test(detail)) return outOfMemory(detail);
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

export function notFetched(detail: string): EngineFault {
  return fault('DOWNLOAD', 'The model runtime could not be loaded.', 'Check the connection and try again.', { retry: true, detail });
}

export function deviceLost(detail: string): EngineFault {
  return fault('DEVICE_LOST', 'The GPU was lost.', 'Load the model again; if it happens again, use a smaller picture or choose WASM.', {
    retry: true,
    detail,
  });
}

export function outOfMemory(detail: string): EngineFault {
  return fault(
    'OUT_OF_MEMORY',
    'There was not enough memory.',
    'Close other tabs, use a smaller picture or fewer tokens, or load a smaller type (q4f16 or q4) or a smaller model.',
    { retry: true, detail },
  );
}
