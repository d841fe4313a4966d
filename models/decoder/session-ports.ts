// Compares a graph's inputs and outputs with what is going to be fed and fetched.
import { fault, type EngineFault } from '../../src/errors';
import type { FloatPorts } from '../graph/float-ports';
import { DataType } from '../graph/nodes';

const FLOATS: readonly DataType[] = [DataType.FLOAT, DataType.FLOAT16];

/**
 * Throws BAD_MODEL naming what differs: an input that nothing could be fed to, one that is missing or of another type (FLOAT
 * stands for float16 too), an output that is missing or no float.
 */
export function checkPorts(
  { inputs, outputs }: Pick<FloatPorts, 'inputs' | 'outputs'>,
  fileName: string,
  fed: Readonly<Record<string, DataType>>,
  fetched: readonly string[],
): void {
  const list = (names: Iterable<string>): string => [...names].join(', ') || 'none';
  const missing = Object.keys(fed).find((name) => !inputs.has(name));
  const strange = [...inputs.keys()].filter((name) => !Object.hasOwn(fed, name));
  if (missing !== undefined || strange.length > 0) {
    throw unlike(fileName, `it takes ${list(inputs.keys())}, expected ${list(Object.keys(fed))}`);
  }
  for (const [name, expected] of Object.entries(fed)) {
    const type = inputs.get(name)?.type ?? DataType.UNDEFINED;
    const fits = expected === DataType.FLOAT ? FLOATS.includes(type) : type === expected;
    if (!fits) throw unlike(fileName, `${name} is ${DataType[type].toLowerCase()}, expected ${DataType[expected].toLowerCase()}`);
  }
  for (const name of fetched) {
    const type = outputs.get(name)?.type;
    if (type === undefined) throw unlike(fileName, `it gives ${list(outputs.keys())}, expected ${list(fetched)}`);
    if (!FLOATS.includes(type)) throw unlike(fileName, `${name} is ${DataType[type].toLowerCase()}, expected float`);
  }
}

/** BAD_MODEL for a graph whose sizes are not those of the config: `what` begins in lower case and has no full stop. */
export const otherSizes = (fileName: string, what: string): EngineFault =>
  fault(
    'BAD_MODEL',
    `${fileName} does not belong to this config.json: ${what}.`,
    'Use files of one and the same export, or choose another model.',
  );

function unlike(fileName: string, what: string): EngineFault {
  return fault(
    'BAD_MODEL',
    `${fileName} is not as expected: ${what}.`,
    'Use an export of the transformers.js layout, with vision_encoder and embed_tokens apart.',
  );
}
