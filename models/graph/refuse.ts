// The one way a decoder graph is refused: where it differs, in what, and what a person can do about it.
import { fault, type EngineFault } from '../../src/errors';

const ACTION = 'Use an export made with the recipe in models/recipes, or a public one of the same layout.';

/** BAD_MODEL for a graph that cannot be instrumented: at `where` (a node or tensor), `what` was found and what was expected. */
export function unlike(where: string, what: string, action: string = ACTION): EngineFault {
  return fault('BAD_MODEL', `This decoder cannot be instrumented: at ${where}, ${what}.`, action);
}
