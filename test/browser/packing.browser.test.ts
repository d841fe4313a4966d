// Candidates read in one pass against the same candidates read one by one, in every form that attention takes.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cache } from '../../models/decoder/cache';
import { Decoder, type PassResult } from '../../models/decoder/decoder';
import { StaticStore } from '../../models/decoder/static-cache';
import { findAdapter, openDevice } from '../../models/device/adapter';
import type { AttentionKind } from '../../models/graph/instrument';
import { PACKING_MASK } from '../../models/graph/ports';
import { Runtime } from '../../models/runtime/runtime';
import { ExportFixture } from './exports';
import { GpuMeter } from './gpu-meter';
import { threadSeconds } from './page-costs';
import { relativeError } from './numbers';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const PAST = 21;
/** Together more rows than the tile of any kernel, alone fewer. */
const SIZES = [3, 8, 1, 5, 8, 16];
const IMAGE = { start: 2, end: 15 };
const TOP = 5;
/** Half precision rounds every product's result, and a kernel for more rows adds in another order. */
const boundOf = (dtype: string): number => (dtype.endsWith('f16') || dtype === 'fp16' ? 5e-3 : 1e-5);

type Case = readonly [name: string, dtype: string, attention: AttentionKind];
const WASM: readonly Case[] = [
  ['noema-tiny', 'fp32', 'plain'],
  ['noema-tiny', 'q4', 'plain'],
  ['noema-tiny', 'fp32', 'fused'],
  ['noema-tiny', 'q4f16', 'fused'],
  ['genai-0.12', 'q4', 'fused'],
  ['genai-0.18', 'q4', 'fused'],
  ['genai-0.18', 'q4', 'plain'],
  ['genai-0.18-pruned', 'q4', 'fused'],
  ['gqa-qwen2-vl', 'q4', 'fused'],
  ['gqa-qwen2_5-vl-untied', 'fp32', 'fused'],
  ['explicit-qwen2-vl', 'fp32', 'fused'],
  ['explicit-qwen2-vl-rows', 'fp32', 'fused'],
  ['explicit-qwen2-vl-narrow', 'q4', 'fused'],
  ['explicit-qwen2-vl-narrow', 'fp16', 'fused'],
];
const WEBGPU: readonly Case[] = [
  ['noema-tiny', 'fp32', 'plain'],
  ['noema-tiny', 'fp32', 'fused'],
  ['genai-0.18', 'q4', 'fused'],
  ['explicit-qwen2-vl', 'fp32', 'fused'],
];

const firstOf = (candidate: number): number => SIZES.slice(0, candidate).reduce((sum, size) => sum + size, 0);
const rowsOf = (size: number): number[] => Array.from({ length: size }, (_, row) => row);

/** Rows that are unlike one another, so that whoever sees another's would notice. */
const made = (decoder: Decoder, rows: number, seed: number): Float32Array =>
  Float32Array.from({ length: rows * decoder.config.hiddenSize }, (_, i) => 0.3 * Math.sin(i * 1.7 + seed * i * i * 1e-4 + seed));

/** [3, rows] */
const positions = (lists: readonly (readonly number[])[]): Int32Array => Int32Array.from([0, 1, 2].flatMap(() => lists.flat()));

async function open(runtime: Runtime, [name, dtype, attention]: Case): Promise<Decoder> {
  const fixture = await ExportFixture.open(name);
  const { graph, externalData } = await fixture.graph('decoder_model_merged', dtype);
  return Decoder.open(runtime, fixture.config, { name, bytes: graph, data: externalData }, { attention });
}

async function past(decoder: Decoder): Promise<Cache> {
  const read = { embeddings: made(decoder, PAST, 9), positions: positions([rowsOf(PAST)]), past: null };
  const { cache } = await decoder.run({ ...read, rows: PAST, logitRows: [PAST - 1], topK: 1, keepCache: true });
  return cache as Cache;
}

/** A pass over some of the candidates, all of whose rows are asked for everything. */
function pass(decoder: Decoder, cache: Cache, chosen: readonly number[], apart = true): Promise<PassResult> {
  const { hiddenSize } = decoder.config;
  const sizes = chosen.map((candidate) => SIZES[candidate]);
  const rows = sizes.reduce((sum, size) => sum + size, 0);
  const embeddings = new Float32Array(rows * hiddenSize);
  sizes.forEach((size, index) => {
    const before = sizes.slice(0, index).reduce((sum, other) => sum + other, 0);
    embeddings.set(made(decoder, size, chosen[index]), before * hiddenSize);
  });
  return decoder.run({
    rows,
    embeddings,
    positions: positions(sizes.map((size) => rowsOf(size).map((row) => PAST + row))),
    past: cache,
    ...(apart ? { candidates: sizes } : {}),
    logitRows: rowsOf(rows),
    topK: TOP,
    attention: { rows: rowsOf(rows), ...IMAGE },
    hidden: true,
  });
}

/** What is told of some rows of a pass, with how many numbers a row has of it. */
function partsOf({ facts, attention, hidden }: PassResult, first: number, rows: number, hiddenSize: number) {
  const cut = (numbers: Float32Array | Uint32Array, width: number) => numbers.subarray(first * width, (first + rows) * width);
  return {
    logits: cut(facts.topLogits, TOP),
    logSumExp: cut(facts.logSumExp, 1),
    entropy: cut(facts.entropy, 1),
    attention: cut(attention, IMAGE.end - IMAGE.start),
    hidden: cut(hidden, hiddenSize),
  };
}

/** The largest relative error of any part of any candidate against its own pass. */
function worst(decoder: Decoder, alone: readonly PassResult[], together: PassResult): number {
  const { hiddenSize } = decoder.config;
  const errors = alone.flatMap((result, candidate) => {
    const expected = partsOf(result, 0, SIZES[candidate], hiddenSize);
    const found = partsOf(together, firstOf(candidate), SIZES[candidate], hiddenSize);
    return (Object.keys(expected) as (keyof typeof expected)[]).map((part) => relativeError(expected[part], found[part]));
  });
  return Math.max(...errors);
}

/** What a cache holds, as bytes. */
async function bytesOf(decoder: Decoder, cache: Cache): Promise<Uint8Array[]> {
  const held = cache as unknown as {
    tensors?: readonly { location: string; gpuBuffer: GPUBuffer; data: Float32Array | Uint16Array }[];
    storage?: { buffers: readonly GPUBuffer[]; capacity: number };
  };
  const { device } = decoder.runtime;
  if (held.tensors && !device) return held.tensors.map(({ data }) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice());
  const buffers = held.storage?.buffers ?? held.tensors?.map(({ gpuBuffer }) => gpuBuffer) ?? [];
  const whole = await Promise.all(buffers.map((buffer) => readBack(device as GPUDevice, buffer)));
  if (!held.storage) return whole;
  const { capacity } = held.storage;
  const { keyValueHeads, headSize } = decoder.config;
  return whole.flatMap((bytes) =>
    rowsOf(keyValueHeads).map((head) => bytes.slice(head * capacity * headSize * 4, (head * capacity + PAST) * headSize * 4)),
  );
}

async function readBack(device: GPUDevice, buffer: GPUBuffer): Promise<Uint8Array> {
  const staging = device.createBuffer({ size: buffer.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const bytes = new Uint8Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return bytes;
}

async function expectApart(runtime: Runtime, form: Case): Promise<void> {
  const live = runtime.liveTensors;
  const decoder = await open(runtime, form);
  expect(decoder.packs).toBe(true);
  const cache = await past(decoder);
  const before = await bytesOf(decoder, cache);
  expect(before.length).toBeGreaterThan(0);
  expect(before.every((part) => part.some((byte) => byte !== 0))).toBe(true);
  const every = SIZES.map((_, candidate) => candidate);
  const alone: PassResult[] = [];
  for (const candidate of every) alone.push(await pass(decoder, cache, [candidate]));
  const together = await pass(decoder, cache, every);
  const error = worst(decoder, alone, together);
  // The same rows without the mask see one another, and it shows.
  const mixed = worst(decoder, alone, await pass(decoder, cache, every, false));
  expect(error).toBeLessThan(boundOf(form[1]));
  expect(mixed).toBeGreaterThan(0.1);
  // A packed pass after an unpacked one and the other way round.
  expect(worst(decoder, alone, await pass(decoder, cache, every))).toBe(error);
  expect(await pass(decoder, cache, [1])).toEqual(alone[1]);
  expect(await bytesOf(decoder, cache)).toEqual(before);
  decoder.free(cache);
  await decoder.close();
  expect(runtime.liveTensors).toBe(live);
}

describe('on WASM', () => {
  let wasm: Runtime;
  beforeAll(async () => {
    wasm = await Runtime.open(null);
  });
  afterAll(() => wasm.close());

  it('splits candidates into passes that it takes, and refuses in words what it does not', async () => {
    const decoder = await open(wasm, WASM[0]);
    const cache = await past(decoder);
    const eight = Array.from({ length: 40 }, () => ({ rows: 8, logitRows: 8 }));
    expect(decoder.split(cache, eight).map((group) => group.length)).toEqual([32, 8]);
    expect(decoder.split(cache, eight, 1000).map((group) => group.length)).toEqual([40]);
    const rows = { rows: 2, embeddings: made(decoder, 2, 0), positions: positions([[PAST], [PAST]]), past: cache, logitRows: [0], topK: 1 };
    const { length } = (await decoder.run({ ...rows, candidates: [1, 1] })).facts.logSumExp;
    expect(length).toBe(1);
    for (const more of [{ candidates: [1, 1], keepCache: true }, { candidates: [1, 2] }, { candidates: [0, 2] }, { candidates: [] }]) {
      await expect(decoder.run({ ...rows, ...more })).rejects.toMatchObject({ value: { code: 'INTERNAL' } });
    }
    // Two candidates of half the room each are no longer a sequence than one.
    const room = decoder.config.maxLength - PAST;
    const long = { ...rows, rows: room + 1, embeddings: made(decoder, room + 1, 0), positions: positions([rowsOf(room + 1)]) };
    await expect(decoder.run(long)).rejects.toMatchObject({ value: { code: 'BAD_INPUT' } });
    await expect(decoder.run({ ...long, candidates: [room + 1] })).rejects.toMatchObject({ value: { code: 'BAD_INPUT' } });
    decoder.free(cache);
    await decoder.close();
  });

  it('16 candidates of 8 rows take at most 12 times the processor time of one', async () => {
    const decoder = await open(wasm, ['noema-tiny', 'q4', 'plain']);
    const rows = 356;
    const prompt = { rows, embeddings: made(decoder, rows, 1), positions: positions([rowsOf(rows)]), past: null, logitRows: [0], topK: 1 };
    const { cache } = await decoder.run({ ...prompt, keepCache: true });
    const take = async (count: number): Promise<number> => {
      const before = await threadSeconds();
      await decoder.run({
        rows: 8 * count,
        embeddings: made(decoder, 8 * count, 2),
        positions: positions(Array.from({ length: count }, () => rowsOf(8).map((row) => rows + row))),
        past: cache,
        candidates: Array.from({ length: count }, () => 8),
        logitRows: rowsOf(8 * count),
        topK: TOP,
      });
      return (await threadSeconds()) - before;
    };
    const [one, sixteen] = [[] as number[], [] as number[]];
    for (let round = 0; round < 5; round += 1) {
      one.push(await take(1));
      sixteen.push(await take(16));
    }
    expect(Math.min(...one)).toBeGreaterThan(0);
    expect(Math.min(...sixteen) / Math.min(...one)).toBeLessThan(12);
    decoder.free(cache as Cache);
    await decoder.close();
  });

  it.each(WASM)('%s in %s, %s: one pass finds what separate passes find', (...form) => expectApart(wasm, form));
});

describe('on WebGPU', () => {
  const meter = new GpuMeter();
  let gpu: Runtime;
  beforeAll(async () => {
    gpu = await Runtime.open(await openDevice(await findAdapter(), { subgroups: false, f16: false }));
  });
  afterAll(async () => {
    await gpu.close();
    gpu.device?.destroy();
  });

  it('a packed pass asks for the work of one pass and its mask, and makes no buffer', async () => {
    const decoder = await open(gpu, ['noema-tiny', 'fp32', 'fused']);
    expect(decoder.caches).toBeInstanceOf(StaticStore);
    const cache = await past(decoder);
    const every = SIZES.map((_, candidate) => candidate);
    const rows = SIZES.reduce((sum, size) => sum + size, 0);
    const work = async (apart: boolean) => {
      await pass(decoder, cache, every, apart);
      return meter.measure(() => pass(decoder, cache, every, apart));
    };
    const single = await work(false);
    const packed = await work(true);
    const masks = ({ written }: typeof packed): number[] =>
      written.filter(({ label }) => label.endsWith(PACKING_MASK)).map(({ bytes }) => bytes);
    expect(masks(single)).toEqual([4]);
    expect(masks(packed)).toEqual([4 * rows * (PAST + rows)]);
    expect(packed.mapped).toEqual(single.mapped);
    expect(packed.mapped.length).toBe(1);
    expect(packed.dispatches).toBe(single.dispatches);
    expect(packed.pipelines).toBe(0);
    expect(packed.buffers.filter((label) => label !== '')).toEqual([]);
    expect(packed.buffers.length).toBe(single.buffers.length);
    decoder.free(cache);
    await decoder.close();
  });

  it.each(WEBGPU)('%s in %s, %s: one pass finds what separate passes find', (...form) => expectApart(gpu, form));
});
