// The small exports in 16 bits on WebGPU: their golden numbers, from ONNX Runtime on the processor, before and after a cache.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Decoder } from '../../models/decoder/decoder';
import { factsFromLogits } from '../../models/decoder/row-facts';
import { findAdapter, openDevice } from '../../models/device/adapter';
import { Runtime } from '../../models/runtime/runtime';
import { ExportFixture } from '../browser/exports';
import { relativeError } from '../browser/numbers';
import { floats } from '../parity/fixtures';

const TOP = 10;
/** Of the largest value. Two orders of adding 16-bit numbers differ by their rounding, 2^-11 of a value, in every layer. */
const BOUND = 1e-2;
let gpu: Runtime;
let wasm: Runtime;

beforeAll(async () => {
  gpu = await Runtime.open(await openDevice(await findAdapter(), { subgroups: false, f16: true }));
  wasm = await Runtime.open(null);
});
afterAll(async () => {
  await Promise.all([gpu.close(), wasm.close()]);
  gpu.device?.destroy();
});

it.each(['fp16', 'q4f16'])('explicit-qwen2-vl-narrow in %s gives the numbers of its golden file', async (dtype) => {
  expect(gpu.device?.features.has('shader-f16')).toBe(true);
  const fixture = await ExportFixture.open('explicit-qwen2-vl-narrow');
  const golden = await fixture.golden(dtype);
  const embeddings = await fixture.embeddings(wasm, golden, dtype);
  const { graph, externalData } = await fixture.graph('decoder_model_merged', dtype);
  const decoder = await Decoder.open(gpu, fixture.config, { name: dtype, bytes: graph, data: externalData }, { attention: 'fused' });
  const columns = { start: golden.imageStart, end: golden.imageStart + golden.imageCount };
  const pass = (
    rows: readonly number[],
    positions: readonly (readonly number[])[],
    numbers: Float32Array,
    past: Parameters<Decoder['free']>[0] | null,
  ) =>
    decoder.run({
      rows: positions[0].length,
      embeddings: numbers,
      positions: Int32Array.from(positions.flat()),
      past,
      logitRows: rows,
      topK: TOP,
      attention: { rows, ...columns },
      hidden: true,
      keepCache: past === null,
    });
  const first = await pass(golden.first.rows, golden.positions, embeddings.prompt, null);
  const afterwards = golden.second.ids.map((_, row) => row);
  const second = await pass(afterwards, golden.second.positions, embeddings.after, first.cache);
  const errors = [
    ['first', first, golden.first],
    ['second', second, golden.second],
  ] as const;
  for (const [when, told, expected] of errors) {
    const logits = floats(expected.logits);
    const facts = factsFromLogits(logits, logits.length / fixture.config.vocabularySize, TOP, null);
    const found = {
      logits: relativeError(facts.topLogits, told.facts.topLogits),
      hidden: relativeError(floats(expected.hidden), told.hidden),
      attention: relativeError(floats(expected.attention), told.attention),
    };
    for (const [what, error] of Object.entries(found)) expect(error, `${when} pass: ${what}`).toBeLessThan(BOUND);
    process.stdout.write(`${dtype}, ${when} pass: off by ${JSON.stringify(found)} of the largest value\n`);
  }
  if (first.cache) decoder.free(first.cache);
  await decoder.close();
});
