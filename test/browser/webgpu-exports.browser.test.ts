// Decoders of every layout on WebGPU, with the cache each of them gets: PyTorch's logits, hidden states and attention.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findAdapter, openDevice } from '../../models/device/adapter';
import { Decoder } from '../../models/decoder/decoder';
import { GrowingStore } from '../../models/decoder/growing-cache';
import { factsFromLogits } from '../../models/decoder/row-facts';
import { StaticStore } from '../../models/decoder/static-cache';
import { Runtime } from '../../models/runtime/runtime';
import { floats } from '../parity/fixtures';
import { ExportFixture } from './exports';
import { GpuMeter } from './gpu-meter';
import { relativeError } from './numbers';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });
const meter = new GpuMeter();
const TOP = 10;
const BOUND = 1e-4;
let gpu: Runtime;
let wasm: Runtime;

beforeAll(async () => {
  gpu = await Runtime.open(await openDevice(await findAdapter(), { subgroups: false, f16: false }));
  wasm = await Runtime.open(null);
});
afterAll(async () => {
  await Promise.all([gpu.close(), wasm.close()]);
  gpu.device?.destroy();
});

it.each([
  ['genai-0.12', 'q4', StaticStore],
  ['genai-0.18', 'q4', StaticStore],
  ['gqa-qwen2_5-vl-untied', 'fp32', StaticStore],
  ['explicit-qwen2-vl', 'fp32', GrowingStore],
] as const)('%s in %s gives the numbers of its golden file, before and after a cache', async (name, dtype, store) => {
  const live = gpu.liveTensors;
  const fixture = await ExportFixture.open(name);
  const golden = await fixture.golden(dtype);
  const embeddings = await fixture.embeddings(wasm, golden, dtype);
  const { graph, externalData } = await fixture.graph('decoder_model_merged', dtype);
  const decoder = await Decoder.open(gpu, fixture.config, { name, bytes: graph, data: externalData }, { fuse: true });
  expect(decoder.caches).toBeInstanceOf(store);
  const columns = { start: golden.imageStart, end: golden.imageStart + golden.imageCount };
  const pass = (past: 'first' | 'second', cache: Awaited<ReturnType<Decoder['run']>>['cache']) => {
    const { positions } = past === 'first' ? golden : golden.second;
    const rows = past === 'first' ? golden.first.rows : golden.second.ids.map((_, row) => row);
    return decoder.run({
      rows: positions[0].length,
      embeddings: past === 'first' ? embeddings.prompt : embeddings.after,
      positions: Int32Array.from(positions.flat()),
      past: cache,
      logitRows: rows,
      topK: TOP,
      attention: { rows, ...columns },
      hidden: true,
      keepCache: past === 'first',
    });
  };
  const first = await pass('first', null);
  const second = await pass('second', first.cache);
  // Once more after the same prompt: what the pass before it wrote is written over.
  let again = second;
  const work = await meter.measure(async () => (again = await pass('second', first.cache)));
  // The one mapping is ours: nothing else is fetched off the GPU.
  expect(work.mapped.length).toBe(1);
  expect(work.buffers.filter((label) => label !== '')).toEqual([]);
  expect(work.pipelines).toBe(0);
  expect(again).toEqual(second);
  for (const [told, expected] of [
    [first, golden.first],
    [second, golden.second],
  ] as const) {
    const logits = floats(expected.logits);
    const facts = factsFromLogits(logits, logits.length / fixture.config.vocabularySize, TOP, null);
    expect(relativeError(facts.topLogits, told.facts.topLogits), 'logits').toBeLessThan(BOUND);
    expect(relativeError(facts.logSumExp, told.facts.logSumExp), 'log-sum-exp').toBeLessThan(BOUND);
    expect(relativeError(floats(expected.hidden), told.hidden), 'hidden').toBeLessThan(BOUND);
    expect(relativeError(floats(expected.attention), told.attention), 'attention').toBeLessThan(BOUND);
  }
  if (first.cache) decoder.free(first.cache);
  await decoder.close();
  expect(gpu.liveTensors).toBe(live);
});
