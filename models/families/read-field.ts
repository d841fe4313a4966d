// Checks a model folder's JSON against what is needed of it, and names file and field when it is not so.
import * as v from 'valibot';
import { fault, type EngineFault } from '../../src/errors';
import { issueInWords } from '../../src/text/schema-words';

export const count = v.pipe(v.number(), v.integer(), v.minValue(1));
export const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0));

/** The value as the schema has it. Throws BAD_MODEL naming the file and the field that is missing or wrong. */
export function read<S extends v.GenericSchema>(schema: S, value: unknown, file: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  if (issue.received === 'undefined' && path !== null) throw badField(file, `the field ${path} is missing`);
  throw badField(file, issueInWords(issue));
}

/** Characters of what is wrong that are shown: a damaged field may be as long as its file. */
const LONGEST = 300;

/** BAD_MODEL for a file that is there but says what cannot be. */
export function badField(file: string, what: string): EngineFault {
  return fault('BAD_MODEL', `${file} is not as expected: ${what.slice(0, LONGEST)}.`, 'Use the folder of a Qwen2-VL or Qwen2.5-VL export.');
}
