// The key/value cache that is written in place: the prompt's rows stay bit for bit, it grows, two readers do not disturb each other.
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Prefix, Suffix } from '../../src/model/latent-model';
import type { Cache } from '../../models/decoder/cache';
import { CachedPrefix } from '../../models/families/qwen-vl/prefix';
import type { QwenModel } from '../../models/families/qwen-vl/model';
import { StaticStore } from '../../models/decoder/static-cache';
import { embeddedModel, rampImage } from './helpers';
import { relativeError } from './numbers';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const load = embeddedModel('webgpu', 'fp32', { attention: 'fused' });
const go = { aborted: false };
afterAll(async () => (await load()).close());

const read = async (model: QwenModel, text: string): Promise<Prefix> =>
  model.read(
    [
      { kind: 'image', role: 'image' },
      { kind: 'text', text, role: 'question' },
    ],
    rampImage(model.info.vision),
    go,
  );

function suffixOf(model: QwenModel, prefix: Prefix, length: number, seed = 1): Suffix {
  return {
    length,
    embeddings: Float32Array.from({ length: length * model.info.hiddenSize }, (_, i) => 0.05 * Math.sin(i * i + seed)),
    positions: Int32Array.from({ length: 3 * length }, (_, i) => prefix.nextPosition + (i % length)),
  };
}

/** The prompt's rows of every layer, keys and values, as bytes. */
async function rowsOf(model: QwenModel, prefix: Prefix): Promise<Uint8Array[]> {
  const { device } = model.decoder.runtime;
  const { storage } = CachedPrefix.cacheOf(prefix, model.decoder) as unknown as {
    storage: { buffers: readonly GPUBuffer[]; capacity: number };
  };
  const { keyValueHeads, headSize } = model.decoder.config;
  const parts: Uint8Array[] = [];
  for (const buffer of storage.buffers) {
    const staging = (device as GPUDevice).createBuffer({ size: buffer.size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const encoder = (device as GPUDevice).createCommandEncoder();
    encoder.copyBufferToBuffer(buffer, 0, staging, 0, buffer.size);
    (device as GPUDevice).queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const all = new Uint8Array(staging.getMappedRange());
    for (let head = 0; head < keyValueHeads; head += 1) {
      const start = head * storage.capacity * headSize * 4;
      parts.push(all.slice(start, start + prefix.length * headSize * 4));
    }
    staging.destroy();
  }
  return parts;
}

describe('the cache in place', () => {
  it('keeps the rows of the prompt bit for bit through extending, answering, scoring and growing', async () => {
    const { model } = await load();
    expect(model.decoder.caches).toBeInstanceOf(StaticStore);
    const prefix = await read(model, 'How many?');
    const before = await rowsOf(model, prefix);
    expect(before.every((part) => part.some((byte) => byte !== 0))).toBe(true);
    const suffix = suffixOf(model, prefix, 9);
    const want = { logitRows: [8], attentionRows: [0], topK: 5 };
    const [first] = await model.extend(prefix, [suffix, suffixOf(model, prefix, 40, 2)], want, go);
    const ids: number[] = [];
    for await (const token of model.decode(prefix, suffix, { maxNewTokens: 3 }, go)) ids.push(token.id);
    await model.score(prefix, suffix, Uint32Array.from(ids), go);
    expect(await rowsOf(model, prefix)).toEqual(before);
    // More rows than there is room for.
    const long = suffixOf(model, prefix, 300);
    await model.extend(prefix, [long], { logitRows: [299], topK: 5 }, go);
    expect(await rowsOf(model, prefix)).toEqual(before);
    const [again] = await model.extend(prefix, [suffix], want, go);
    expect(relativeError(first.topLogits, again.topLogits)).toBeLessThan(1e-6);
    expect(relativeError(first.attention, again.attention)).toBeLessThan(1e-6);
    prefix.release();
  });

  it('goes on with an answer although the same prompt was extended, answered and released meanwhile', async () => {
    const { model, trusted } = await load();
    const live = trusted.runtime.liveTensors;
    const prefix = await read(model, 'What colour?');
    const suffix = suffixOf(model, prefix, 6);
    const answer = async (disturb: () => Promise<unknown>): Promise<[number, number][]> => {
      const tokens: [number, number][] = [];
      for await (const { id, logprob } of model.decode(prefix, suffix, { maxNewTokens: 4 }, go)) {
        tokens.push([id, logprob]);
        await disturb();
      }
      return tokens;
    };
    const undisturbed = await answer(() => Promise.resolve());
    const other = suffixOf(model, prefix, 12, 7);
    const disturbed = await answer(async () => {
      await model.extend(prefix, [other], { logitRows: [11], topK: 1 }, go);
      for await (const token of model.decode(prefix, other, { maxNewTokens: 2 }, go)) expect(token.index).toBeLessThan(2);
    });
    expect(disturbed).toEqual(undisturbed);
    expect(await answer(() => Promise.resolve(prefix.release()))).toEqual(undisturbed);
    expect(trusted.runtime.liveTensors).toBe(live);
  });

  it('computes the same for calls made at once as for calls made in turn', async () => {
    const { model } = await load();
    const prefix = await read(model, 'Where?');
    const want = { logitRows: [4], attentionRows: [2], topK: 3 };
    const suffixes = [1, 2, 3].map((seed) => suffixOf(model, prefix, 5, seed));
    const inTurn = await model.extend(prefix, suffixes, want, go);
    const atOnce = await Promise.all(suffixes.map(async (suffix) => (await model.extend(prefix, [suffix], want, go))[0]));
    expect(atOnce).toEqual(inTurn);
    prefix.release();
  });

  it('is not spoilt by numbers that are not finite, nor is the next prompt in the same memory', async () => {
    const { model } = await load();
    const prefix = await read(model, 'Which one?');
    const suffix = suffixOf(model, prefix, 4);
    const want = { logitRows: [3], attentionRows: [0, 3], topK: 3 };
    const [clean] = await model.extend(prefix, [suffix], want, go);
    const poisoned = { ...suffix, embeddings: suffix.embeddings.map(() => NaN) };
    await expect(model.extend(prefix, [poisoned], want, go)).rejects.toMatchObject({ value: { code: 'WRONG_NUMBERS' } });
    expect(
      await model.extend(prefix, [{ ...suffix, ...shorten(suffix, 1) }], { logitRows: [0], attentionRows: [0], topK: 3 }, go),
    ).toSatisfy(([reading]: { attention: Float32Array }[]) => reading.attention.every(Number.isFinite));
    expect(await model.extend(prefix, [suffix], want, go)).toEqual([clean]);
    prefix.release();
    const next = await read(model, 'Which one?');
    expect(await model.extend(next, [suffix], want, go)).toEqual([clean]);
    next.release();
  });
});

describe('the cache in place, in 16 bits', () => {
  const layout = { pastNames: ['past'], presentNames: ['present'], type: 'float16', keyValueHeads: 2, headSize: 16 } as const;
  const ROW_BYTES = 16 * 2;

  it('takes half the memory, and keeps rows when it grows and when a second reader gets a copy', async () => {
    const { runtime } = (await load()).trusted;
    const device = runtime.device as GPUDevice;
    const live = runtime.liveTensors;
    const store = new StaticStore(runtime, layout);
    const bytesOf = async (buffer: GPUBuffer, head: number, capacity: number, rows: number): Promise<Uint8Array> => {
      const size = rows * ROW_BYTES;
      const staging = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(buffer, head * capacity * ROW_BYTES, staging, 0, size);
      device.queue.submit([encoder.finish()]);
      await staging.mapAsync(GPUMapMode.READ);
      const bytes = new Uint8Array(staging.getMappedRange().slice(0));
      staging.destroy();
      return bytes;
    };
    const first = await store.begin(null, 100, true);
    expect(first.feeds['past'].type).toBe('float16');
    expect(first.feeds['past'].dims).toEqual([1, 2, 256, 16]);
    const { gpuBuffer } = first.feeds['past'];
    expect(gpuBuffer.size).toBe(2 * 256 * ROW_BYTES);
    device.queue.writeBuffer(
      gpuBuffer,
      0,
      Uint8Array.from({ length: 2 * 256 * ROW_BYTES }, (_, i) => (i * 31) % 251),
    );
    const prefix = first.end({}) as Cache;
    const rows = [await bytesOf(gpuBuffer, 0, 256, 100), await bytesOf(gpuBuffer, 1, 256, 100)];

    // Room enough: the same buffer. Not enough: a larger one with the same rows.
    const near = await store.begin(prefix, 156, false);
    expect(near.feeds['past'].gpuBuffer).toBe(gpuBuffer);
    near.end({});
    const far = await store.begin(prefix, 157, true);
    expect(far.keyRows).toBe(512);
    expect(far.fetches['present']?.gpuBuffer).toBe(far.feeds['past'].gpuBuffer);
    for (const head of [0, 1]) expect(await bytesOf(far.feeds['past'].gpuBuffer, head, 512, 100)).toEqual(rows[head]);
    const answer = far.end({}) as Cache;

    // The answer's rows stand behind the prompt's: reading the prompt on must not write there.
    const second = await store.begin(prefix, 4, false);
    expect(second.feeds['past'].gpuBuffer).not.toBe(far.feeds['past'].gpuBuffer);
    for (const head of [0, 1]) expect(await bytesOf(second.feeds['past'].gpuBuffer, head, 256, 100)).toEqual(rows[head]);
    second.end({});
    store.free(answer);
    const third = await store.begin(prefix, 4, false);
    expect(third.feeds['past'].gpuBuffer).toBe(far.feeds['past'].gpuBuffer);
    third.end({});
    store.free(prefix);
    store.close();
    expect(runtime.liveTensors).toBe(live);
  });
});

function shorten(suffix: Suffix, length: number): Suffix {
  const hidden = suffix.embeddings.length / suffix.length;
  const positions = Int32Array.from({ length: 3 * length }, (_, i) => suffix.positions[i % length]);
  return { length, embeddings: suffix.embeddings.slice(0, length * hidden), positions };
}
