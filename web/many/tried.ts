// What is written in a form, read at every key: its value, or what is wrong with it.
import { type EngineError, toEngineError } from '../../src/errors';

/** A value, or the error that kept it from being one. */
export type Tried<T> = { readonly value: T; readonly error: null } | { readonly value: null; readonly error: EngineError };

/** What `work` gives or throws. */
export function tried<T>(work: () => T): Tried<T> {
  try {
    return { value: work(), error: null };
  } catch (thrown) {
    return { value: null, error: toEngineError(thrown) };
  }
}
