// Catches an EngineFault, so that a test can look at what it says.
import { EngineFault, type EngineError } from '../src/errors';

/** What the fault thrown by `work` says. Fails when nothing, or something else, is thrown. */
export function faultOf(work: () => unknown): EngineError {
  try {
    work();
  } catch (error) {
    if (error instanceof EngineFault) return error.value;
    throw error;
  }
  throw new Error('nothing was thrown');
}
