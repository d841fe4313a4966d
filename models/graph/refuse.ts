// The one way a graph file is refused: which file, where it differs and in what, and what a person can do about it.
import { EngineFault, fault } from '../../src/errors';

const INSTRUMENT = 'Use an export made with the recipe in models/recipes, or a public one of the same layout.';
/** What helps against a damaged file: it may be damaged in the copy kept here or where it came from. */
export const GET_AGAIN = 'Delete the stored copy and download or copy the model again, or choose another model.';

/** A graph that cannot be instrumented; `readGraph` names the file. */
class Unlike extends Error {
  constructor(
    what: string,
    readonly action: string,
  ) {
    super(what);
  }
}

/** For throwing inside `readGraph`: at `where` (a node or tensor), `what` was found and what was expected. */
export function unlike(where: string, what: string, action: string = INSTRUMENT): Error {
  return new Unlike(`at ${where}, ${what}`, action);
}

/** BAD_MODEL for a graph file that is damaged, or was never a graph: `why` begins in lower case and has no full stop. */
export function notAModel(fileName: string, why: string): EngineFault {
  return fault('BAD_MODEL', `${fileName} is not a usable ONNX model: ${why}.`, GET_AGAIN);
}

/**
 * What `work` makes of the graph `fileName`. Throws BAD_MODEL naming the file whatever goes wrong in it: a graph is read by what its
 * bytes claim, so an error of any kind is the file's.
 */
export function readGraph<T>(fileName: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof EngineFault) throw error;
    if (error instanceof Unlike) throw fault('BAD_MODEL', `${fileName} cannot be instrumented: ${error.message}.`, error.action);
    throw notAModel(fileName, reasonOf(error));
  }
}

/** The text of an error of a parser as the end of a sentence. */
function reasonOf(error: unknown): string {
  if (error instanceof RangeError && /call stack/i.test(error.message)) return 'its parts are nested too deeply';
  return error instanceof Error ? error.message.replace(/\.$/, '') : String(error);
}
