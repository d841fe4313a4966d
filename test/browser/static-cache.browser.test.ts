// The key/value cache that is written in place: the prompt's rows stay bit for bit, it grows, two readers do not disturb each other.
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Context, Row } from '../../src/model/latent-model';
import type { Cache } from '../../models/decoder/cache';
import { StaticStore } from '../../models/decoder/static-cache';
import { KeptContext } from '../../models/model/kept-context';
import type { OnnxModel } from '../../models/model/onnx-model';
import { embeddedModel, rampImage, waveRows } from './helpers';
import { relativeError } from './numbers';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const load = embeddedModel('webgpu', 'fp32', { attention: 'fused' });
const go = { aborted: false };
afterAll(async () => (await load()).close());

const read = async (model: OnnxModel, text: string): Promise<Context> =>
  model.prefill({ system: '', user: [{ kind: 'image' }, { kind: 'text', text, role: 'question' }] }, rampImage(model), go);

/** The prompt's rows of every layer, keys and values, as bytes. */
async function rowsOf(model: OnnxModel, context: Context): Promise<Uint8Array[]> {
  const { device } = model.decoder.runtime;
  const { storage } = (context as KeptContext).cache as unknown as {
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
      parts.push(all.slice(start, start + context.length * headSize * 4));
    }
    staging.destroy();
  }
  return parts;
}

describe('the cache in place', () => {
  /** A reading of one candidate by itself. */
  const forward = async (model: OnnxModel, context: Context, rows: readonly Row[], logitRow = rows.length - 1, attentionRows = [0]) =>
    (await model.forward(context, [{ rows, logitRows: [logitRow], attentionRows }], { topK: 5 }, go))[0];

  it('keeps the rows of the prompt bit for bit through reading on, answering, scoring and growing', async () => {
    const { model } = await load();
    expect(model.decoder.caches).toBeInstanceOf(StaticStore);
    const context = await read(model, 'How many?');
    expect(context).toBeInstanceOf(KeptContext);
    const before = await rowsOf(model, context);
    expect(before.every((part) => part.some((byte) => byte !== 0))).toBe(true);
    const rows = waveRows(model, 9, 1);
    const first = await forward(model, context, rows);
    await forward(model, context, waveRows(model, 40, 2));
    const ids: number[] = [];
    for await (const token of model.generate(context, rows, { maxNewTokens: 3 }, go)) ids.push(token.id);
    await model.score(context, rows, Uint32Array.from(ids), go);
    expect(await rowsOf(model, context)).toEqual(before);
    // More rows than there is room for.
    await forward(model, context, waveRows(model, 300, 1));
    expect(await rowsOf(model, context)).toEqual(before);
    const again = await forward(model, context, rows);
    expect(relativeError(first.topLogits, again.topLogits)).toBeLessThan(1e-6);
    expect(relativeError(first.attention, again.attention)).toBeLessThan(1e-6);
    context.release();
  });

  it('keeps the rows of two prompts that share a picture, and of what is appended to one', async () => {
    const { model, trusted } = await load();
    const live = trusted.runtime.liveTensors;
    const image = rampImage(model);
    const ask = (text: string) =>
      model.prefill({ system: '', user: [{ kind: 'image' }, { kind: 'text', text, role: 'question' }] }, image, go);
    const first = await ask('How many?');
    const before = await rowsOf(model, first);
    const second = await ask('Which colour is it?');
    const { context: longer } = await model.advance(first, { rows: waveRows(model, 6, 3), logitRows: [5] }, { topK: 1 }, go);
    const kept = [await rowsOf(model, second), await rowsOf(model, longer)];
    await forward(model, first, waveRows(model, 20, 4));
    await forward(model, second, waveRows(model, 20, 5));
    expect(await rowsOf(model, first)).toEqual(before);
    expect([await rowsOf(model, second), await rowsOf(model, longer)]).toEqual(kept);
    for (const context of [first, second, longer]) context.release();
    expect(trusted.runtime.liveTensors).toBe(live);
  });

  it('goes on with an answer although the same prompt was read on, answered and released meanwhile', async () => {
    const { model, trusted } = await load();
    const live = trusted.runtime.liveTensors;
    const context = await read(model, 'What colour?');
    const rows = waveRows(model, 6, 1);
    const answer = async (disturb: () => Promise<unknown>): Promise<[number, number][]> => {
      const tokens: [number, number][] = [];
      for await (const { id, logprob } of model.generate(context, rows, { maxNewTokens: 4 }, go)) {
        tokens.push([id, logprob]);
        await disturb();
      }
      return tokens;
    };
    const undisturbed = await answer(() => Promise.resolve());
    const other = waveRows(model, 12, 7);
    const disturbed = await answer(async () => {
      await forward(model, context, other);
      for await (const token of model.generate(context, other, { maxNewTokens: 2 }, go)) expect(token.index).toBeLessThan(2);
    });
    expect(disturbed).toEqual(undisturbed);
    expect(await answer(() => Promise.resolve(context.release()))).toEqual(undisturbed);
    expect(trusted.runtime.liveTensors).toBe(live);
  });

  it('computes the same for calls made at once as for calls made in turn', async () => {
    const { model } = await load();
    const context = await read(model, 'Where?');
    const inTurn = [];
    for (const seed of [1, 2, 3]) inTurn.push(await forward(model, context, waveRows(model, 5, seed), 4, [2]));
    const atOnce = await Promise.all([1, 2, 3].map((seed) => forward(model, context, waveRows(model, 5, seed), 4, [2])));
    expect(atOnce).toEqual(inTurn);
    context.release();
  });

  it('is not spoilt by numbers that are not finite, nor is the next prompt in the same memory', async () => {
    const { model } = await load();
    const context = await read(model, 'Which one?');
    const rows = waveRows(model, 4, 1);
    const clean = await forward(model, context, rows, 3, [0, 3]);
    const poisoned: Row[] = rows.map(() => ({ kind: 'vector', data: new Float32Array(model.info.hiddenSize).fill(NaN) }));
    await expect(forward(model, context, poisoned)).rejects.toMatchObject({ value: { code: 'WRONG_NUMBERS' } });
    expect((await forward(model, context, rows.slice(0, 1))).attention.every(Number.isFinite)).toBe(true);
    expect(await forward(model, context, rows, 3, [0, 3])).toEqual(clean);
    context.release();
    const next = await read(model, 'Which one?');
    expect(await forward(model, next, rows, 3, [0, 3])).toEqual(clean);
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
