// The GPU program that reduces logits, against the same facts computed here; and logits that are no numbers.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findAdapter, openDevice } from '../../models/device/adapter';
import { factsFromLogits, unpackFacts, type RowFacts } from '../../models/decoder/row-facts';
import { GpuReadout } from '../../models/runtime/gpu-readout';
import { relativeError } from './numbers';

const VOCABULARY = 5003;
let device: GPUDevice;
let readout: GpuReadout;
beforeAll(async () => {
  device = await openDevice(await findAdapter(), { subgroups: false, f16: false });
  readout = await GpuReadout.open(device);
}, 300_000);
afterAll(() => {
  readout.close();
  device.destroy();
});

const logitsOf = (rows: number): Float32Array<ArrayBuffer> =>
  Float32Array.from({ length: rows * VOCABULARY }, (_, i) => 6 * Math.sin(i * i * 0.37) + 4 * Math.cos(i * 0.011));

async function onGpu(logits: Float32Array<ArrayBuffer>, k: number, picks: Uint32Array | null): Promise<RowFacts> {
  const buffer = device.createBuffer({ size: logits.byteLength, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
  device.queue.writeBuffer(buffer, 0, logits);
  const rows = logits.length / VOCABULARY;
  const { facts } = await readout.read({ logits: buffer, rows, vocabulary: VOCABULARY, k, picks }, []);
  buffer.destroy();
  return unpackFacts(facts, rows, k);
}

it('finds what is found on the processor', { timeout: 300_000 }, async () => {
  const logits = logitsOf(3);
  const picks = Uint32Array.of(0, 4999, 2048);
  const expected = factsFromLogits(logits, 3, 64, picks);
  const found = await onGpu(logits, 64, picks);
  expect([...found.topIds]).toEqual([...expected.topIds]);
  expect([...found.topLogits]).toEqual([...expected.topLogits]);
  expect([...found.picked]).toEqual([...expected.picked]);
  expect(relativeError(expected.logSumExp, found.logSumExp)).toBeLessThan(1e-6);
  expect(relativeError(expected.entropy, found.entropy)).toBeLessThan(1e-5);
});

it.each([
  ['NaN', NaN],
  ['infinite', Infinity],
  ['infinite and negative', -Infinity],
])('tells a row with one logit that is %s from its neighbours, here and on the processor', { timeout: 300_000 }, async (_, bad) => {
  for (const at of [0, 2049, VOCABULARY - 1]) {
    const logits = logitsOf(3);
    logits[VOCABULARY + at] = bad;
    for (const facts of [await onGpu(logits, 5, null), factsFromLogits(logits, 3, 5, null)]) {
      const fine = [0, 1, 2].map((row) => Number.isFinite(facts.logSumExp[row]) && Number.isFinite(facts.entropy[row]));
      expect(fine).toEqual([true, false, true]);
    }
  }
});
