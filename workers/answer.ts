// What a call to a worker answers: a value, or the error that a fault of it is. A fault itself does not cross threads.
import { type EngineError, EngineFault, toEngineError } from '../src/errors';

/** A call's answer. */
export type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: EngineError };

/** Does `work` and answers with what it gives. Never rejects. */
export async function answer<T>(work: () => T | Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: toEngineError(error) };
  }
}

/** The value of an answer. @throws EngineFault the error. */
export function valueOf<T>(answered: Answer<T>): T {
  if (answered.ok) return answered.value;
  throw new EngineFault(answered.error);
}
