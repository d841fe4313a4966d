// Compares small kernels on this device with stored answers, because a GPU can compute wrong numbers without any error.
import type { Tensor } from 'onnxruntime-common';
import * as v from 'valibot';
import { fault } from '../../src/errors';
import type { Runtime, Session } from '../runtime/runtime';
import { float16Bits } from './float16-bits';

const shape = v.array(v.pipe(v.number(), v.integer(), v.minValue(0)));
const inputSchema = v.union([
  v.object({ array: v.string(), shape }),
  v.object({ ints: v.array(v.number()), type: v.picklist(['int32', 'int64']), shape }),
]);
const perType = <S extends v.GenericSchema>(schema: S) => v.object({ float32: schema, float16: schema });
const checkSchema = v.object({
  name: v.string(),
  graphs: perType(v.string()),
  inputs: v.record(v.string(), inputSchema),
  output: v.string(),
  rows: v.array(v.number()),
  expected: v.string(),
  tolerance: perType(v.number()),
});
export const selfTestSchema = v.object({
  format: v.literal(1),
  arrays: v.record(v.string(), v.object({ scale: v.number(), int8: v.string() })),
  checks: v.pipe(v.array(checkSchema), v.minLength(1)),
});

export type SelfTest = v.InferOutput<typeof selfTestSchema>;
type Check = SelfTest['checks'][number];

/** The test's description and its graphs by file name (models/recipes/golden/kernels.py says what they hold). */
export interface SelfTestFiles {
  readonly test: SelfTest;
  readonly graphs: ReadonlyMap<string, Uint8Array>;
}

/** One check that failed, and by how much at most. */
export interface Disagreement {
  readonly name: string;
  readonly error: number;
  readonly tolerance: number;
}

/**
 * The checks that matter for a model: attention is compiled anew for every head size, and compiling is most of a check's
 * cost, so only the checks with the nearest head size are kept.
 */
export function checksFor(test: SelfTest, headSize: number): SelfTest {
  const sizeOf = (check: Check): number | undefined => check.inputs['past_key']?.shape.at(-1);
  const distance = (check: Check): number => Math.abs((sizeOf(check) ?? headSize) - headSize);
  const nearest = Math.min(...test.checks.filter((check) => sizeOf(check) !== undefined).map(distance));
  return { ...test, checks: test.checks.filter((check) => sizeOf(check) === undefined || distance(check) === nearest) };
}

/**
 * Runs every check on the runtime's device. Returns the checks whose numbers disagree, worst first; empty when the device
 * can be trusted. A value that is not finite counts as an infinite error. Throws TIMEOUT when a check takes longer than
 * `patienceMs`, and what the runtime throws.
 */
export async function runSelfTest(
  runtime: Runtime,
  files: SelfTestFiles,
  type: 'float32' | 'float16',
  patienceMs = Infinity,
): Promise<Disagreement[]> {
  const found: Disagreement[] = [];
  const byGraph = Map.groupBy(files.test.checks, (check) => check.graphs[type]);
  for (const [file, checks] of byGraph) {
    const session = await inTime(patienceMs, runtime.create(files.graphs.get(file) as Uint8Array, file));
    try {
      for (const check of checks) {
        const outputs = await inTime(patienceMs, session.run(feedsOf(runtime, session, files.test, check), [check.output]));
        const tensor = outputs[check.output];
        const error = largestError(tensor.data as Float32Array, tensor.dims.at(-1) as number, check);
        if (!(error <= check.tolerance[type])) found.push({ name: check.name, error, tolerance: check.tolerance[type] });
      }
    } finally {
      await session.release();
    }
  }
  return found.sort((a, b) => b.error - a.error);
}

/** A driver can hang without losing the device: then nothing ever answers. */
async function inTime<T>(ms: number, work: Promise<T>): Promise<T> {
  if (ms === Infinity) return work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(fault('TIMEOUT', 'The GPU did not answer.', 'Load the model again, or on WASM.', { retry: true })), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** A check's inputs, each in the type that the graph takes it in: the cache of a float16 graph is float16 outside too. */
function feedsOf(runtime: Runtime, session: Session, test: SelfTest, check: Check): Record<string, Tensor> {
  const { Tensor } = runtime.ort;
  return Object.fromEntries(
    Object.entries(check.inputs).map(([name, input]) => {
      if ('ints' in input) {
        const data = input.type === 'int32' ? Int32Array.from(input.ints) : BigInt64Array.from(input.ints, BigInt);
        return [name, new Tensor(input.type, data, input.shape)];
      }
      const { scale, int8 } = test.arrays[input.array];
      const size = input.shape.reduce((a, b) => a * b, 1);
      const values = Float32Array.from(new Int8Array(fromBase64(int8).buffer, 0, size), (value) => value * scale);
      return session.inputType(name) === 'float16'
        ? [name, new Tensor('float16', float16Bits(values), input.shape)]
        : [name, new Tensor('float32', values, input.shape)];
    }),
  );
}

function largestError(output: Float32Array, width: number, check: Check): number {
  const expected = new Float32Array(fromBase64(check.expected).buffer);
  let worst = 0;
  check.rows.forEach((row, index) => {
    for (let column = 0; column < width; column += 1) {
      const error = Math.abs(output[row * width + column] - expected[index * width + column]);
      worst = Number.isFinite(error) ? Math.max(worst, error) : Infinity;
    }
  });
  return worst;
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
