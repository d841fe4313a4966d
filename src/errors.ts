// The closed vocabulary of what can go wrong, as values that cross a thread and tell a person what to do.

export const ERROR_CODES = [
  'NO_WEBGPU',
  'NO_ADAPTER',
  'NO_F16',
  'LIMIT_TOO_SMALL',
  'WRONG_NUMBERS',
  'DOWNLOAD',
  'INTEGRITY',
  'STORAGE_FULL',
  'OUT_OF_MEMORY',
  'DEVICE_LOST',
  'BAD_IMAGE',
  'BAD_INPUT',
  'BAD_MODEL',
  'TIMEOUT',
  'CANCELLED',
  'PROTOCOL',
  'INTERNAL',
] as const;

/** Most characters (UTF-16 units) of what an error says. */
export const LONGEST = { message: 2000, detail: 20_000 } as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** What went wrong (`message`), what a person can do (`action`), and whether trying again can help (`retry`). */
export interface EngineError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly action: string;
  readonly retry: boolean;
  readonly detail?: string;
}

/** An `EngineError` that can be thrown inside one thread. It crosses threads as its `value`. */
export class EngineFault extends Error {
  readonly value: EngineError;

  constructor(value: EngineError) {
    super(value.message);
    this.name = value.code === 'CANCELLED' ? 'AbortError' : 'EngineFault';
    this.value = value;
  }
}

/** Builds a fault in one line. `retry` defaults to false. What is longer than a recording may hold is cut. */
export function fault(code: ErrorCode, message: string, action: string, more: { retry?: boolean; detail?: string } = {}): EngineFault {
  const { retry = false, detail } = more;
  const said = { code, message: cut(message, LONGEST.message), action: cut(action, LONGEST.message), retry };
  return new EngineFault(detail === undefined ? said : { ...said, detail: cut(detail, LONGEST.detail) });
}

const cut = (text: string, most: number): string => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

/** The fault of work that was stopped because a person asked for it. */
export function cancelled(): EngineFault {
  return fault('CANCELLED', 'Stopped.', 'Press Run to start again.', { retry: true });
}

/** The fault of a number that is not finite; `what` names it. */
export function notFinite(what: string): EngineFault {
  return fault(
    'WRONG_NUMBERS',
    `The model gave a number that is not finite (${what}).`,
    "Run again with another device or precision; a smaller noise also helps when it is far from the embeddings' scale.",
    { retry: true },
  );
}

/** Throws CANCELLED when the signal has been aborted. */
export function throwIfAborted(signal: { readonly aborted: boolean }): void {
  if (signal.aborted) throw cancelled();
}

/** Any thrown value as an `EngineError`: faults keep their value, everything else is INTERNAL with the text in `detail`. */
export function toEngineError(thrown: unknown): EngineError {
  if (thrown instanceof EngineFault) return thrown.value;
  const detail = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return {
    code: 'INTERNAL',
    message: 'Something inside Noema failed.',
    action: 'Run again; if it fails again, export the run and report it with the detail below.',
    retry: true,
    detail: cut(detail, LONGEST.detail),
  };
}
