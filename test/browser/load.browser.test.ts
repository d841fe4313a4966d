// Loading: what a missing, damaged or foreign file does, and stopping.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { EngineFault } from '../../src/errors';
import { describeAdapter } from '../../models/device/adapter';
import { loadModel, type LoadProgress } from '../../models/load/load-model';
import type { ModelSource } from '../../src/engine/model-source';
import { EMBEDDED } from './helpers';

const realFetch = globalThis.fetch;

/** Answers requests whose address ends in `ending` with `answer`, all others from the network. */
function intercept(ending: string, answer: (url: string) => Promise<Response> | Response): void {
  vi.spyOn(globalThis, 'fetch').mockImplementation(async (input, options) => {
    const url = String(input);
    return url.endsWith(ending) ? answer(url) : realFetch(input, options);
  });
}

async function failure(
  request: { device?: 'auto' | 'wasm' | 'webgpu'; dtype?: 'auto' | 'fp32' | 'q4' | 'q4f16'; source?: ModelSource } = {},
  events: LoadProgress[] = [],
) {
  try {
    await loadModel(
      { source: EMBEDDED, dtype: 'q4', device: 'wasm', ...request },
      (event) => events.push(event),
      new AbortController().signal,
    );
  } catch (error) {
    if (error instanceof EngineFault) return error.value;
    throw error;
  }
  throw new Error('nothing was thrown');
}

afterEach(() => vi.restoreAllMocks());

describe('a model folder', () => {
  it('that is not there is DOWNLOAD', async () => {
    expect(await failure({ source: { kind: 'site', url: new URL('/models/nothing/', location.href).href } })).toMatchObject({
      code: 'DOWNLOAD',
      retry: true,
    });
  });

  it('with a missing weight file names the file', async () => {
    intercept('decoder_model_merged_q4.onnx', () => new Response('gone', { status: 404 }));
    expect(await failure()).toMatchObject({ code: 'DOWNLOAD', message: 'decoder_model_merged_q4.onnx is not in the model folder.' });
  });

  it('whose server answers with a web page is DOWNLOAD, not nonsense', async () => {
    intercept('vision_encoder_q4.onnx', () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }));
    expect(await failure()).toMatchObject({ code: 'DOWNLOAD', detail: expect.stringContaining('web page') as string });
  });

  it('with one flipped bit, or cut short, is INTEGRITY', async () => {
    for (const spoil of [
      (bytes: Uint8Array<ArrayBuffer>) => ((bytes[5000] ^= 1), bytes),
      (bytes: Uint8Array<ArrayBuffer>) => bytes.subarray(0, -7),
    ]) {
      intercept(
        'decoder_model_merged_q4.onnx',
        async (url) => new Response(spoil(new Uint8Array(await (await realFetch(url)).arrayBuffer()))),
      );
      expect(await failure()).toMatchObject({ code: 'INTEGRITY', retry: true });
      vi.restoreAllMocks();
    }
  });

  it('whose connection breaks is DOWNLOAD', async () => {
    intercept('embed_tokens_q4.onnx', () => {
      throw new TypeError('Failed to fetch');
    });
    expect(await failure()).toMatchObject({ code: 'DOWNLOAD', message: 'embed_tokens_q4.onnx could not be downloaded.', retry: true });
  });

  it('with a config of another model is BAD_MODEL and says what it is', async () => {
    intercept('config.json', () => Response.json({ model_type: 'llama', hidden_size: 8 }));
    expect(await failure()).toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining('no vision-language model (llama)') as string,
    });
  });

  it('without the wanted type says what there is', async () => {
    intercept('manifest.json', async (url) => {
      const manifest = (await (await realFetch(url)).json()) as { dtypes: Record<string, unknown> };
      delete manifest.dtypes['fp32'];
      return Response.json(manifest);
    });
    expect(await failure({ dtype: 'fp32' })).toMatchObject({ code: 'BAD_MODEL', message: expect.stringContaining('q4, q4f16') as string });
  });

  it('cannot name a file outside itself', async () => {
    intercept('manifest.json', async (url) => {
      const text = await (await realFetch(url)).text();
      return new Response(text.replaceAll('onnx/embed_tokens_q4.onnx', '../secret.onnx'));
    });
    expect((await failure()).code).toBe('BAD_MODEL');
  });
});

describe('without WebGPU', () => {
  it('falls to WASM and says so; or fails in words when WebGPU was asked for', async () => {
    vi.spyOn(navigator.gpu, 'requestAdapter').mockResolvedValue(null);
    expect(await failure({ device: 'webgpu' })).toMatchObject({ code: 'NO_ADAPTER' });
    const events: LoadProgress[] = [];
    const loaded = await loadModel(
      { source: EMBEDDED, dtype: 'auto', device: 'auto' },
      (event) => events.push(event),
      new AbortController().signal,
    );
    expect(loaded.device.kind).toBe('wasm');
    expect(events).toContainEqual({ type: 'notice', message: expect.stringContaining('WASM') as string });
    await loaded.close();
  });

  it('passes over a software adapter when the choice is ours', async () => {
    const adapter = await navigator.gpu.requestAdapter();
    if (!adapter || !describeAdapter(adapter).software) return;
    const events: LoadProgress[] = [];
    const loaded = await loadModel(
      { source: EMBEDDED, dtype: 'auto', device: 'auto' },
      (event) => events.push(event),
      new AbortController().signal,
    );
    expect(loaded.device.kind).toBe('wasm');
    expect(events).toContainEqual({ type: 'notice', message: expect.stringContaining('software') as string });
    await loaded.close();
  });

  it('gives q4 in place of q4f16 where 16-bit numbers cannot be had', async () => {
    const events: LoadProgress[] = [];
    const loaded = await loadModel(
      { source: EMBEDDED, dtype: 'q4f16', device: 'wasm' },
      (event) => events.push(event),
      new AbortController().signal,
    );
    expect(loaded.model.info.dtype).toBe('q4');
    expect(events).toContainEqual({ type: 'notice', message: expect.stringContaining('16-bit') as string });
    await loaded.close();
  });
});

describe('progress', () => {
  it('counts every byte once and ends at the total', async () => {
    const events: LoadProgress[] = [];
    const loaded = await loadModel(
      { source: EMBEDDED, dtype: 'q4', device: 'wasm' },
      (event) => events.push(event),
      new AbortController().signal,
    );
    await loaded.close();
    const bytes = events.flatMap((event) => (event.type === 'progress' ? [event] : []));
    expect(bytes.every((event, i) => i === 0 || event.loaded >= bytes[i - 1].loaded)).toBe(true);
    expect(bytes.at(-1)?.loaded).toBe(bytes.at(-1)?.total);
    expect(events.flatMap((event) => (event.type === 'phase' ? [event.phase] : []))).toEqual(['download', 'compile', 'warm-up']);
  });

  it('stops at an abort in any phase', async () => {
    for (const phase of ['download', 'compile', 'warm-up'] as const) {
      const abort = new AbortController();
      const loading = loadModel(
        { source: EMBEDDED, dtype: 'q4', device: 'wasm' },
        (event) => {
          if (event.type === 'phase' && event.phase === phase) abort.abort();
        },
        abort.signal,
      );
      await expect(loading, phase).rejects.toMatchObject({ value: { code: 'CANCELLED' } });
    }
  });
});
