// What browser tests share: the embedded model's address, a drawn picture, and the worker's jobs as lists of events.
import { transfer, wrap } from 'comlink';
import type { LoadRequest } from '../../src/engine/model-host';
import type { RunRequest } from '../../src/engine/run-source';
import type { ModelSource } from '../../src/engine/model-source';
import type { LatentModel, ModelImage, Row } from '../../src/model/latent-model';
import { onnx, type LoadedOnnx } from '../onnx';
import { parseConfig, type QwenConfig } from '../../models/families/qwen-vl/config';
import type { LoadEvent, RunEvent } from '../../src/events/events';
import { loadModel, type LoadOptions } from '../../models/load/load-model';
import { openJob, type EngineService } from '../../workers/wire';

export const MODEL_URL = new URL('/models/noema-tiny/', location.href).href;
export const EMBEDDED: ModelSource = { kind: 'site', url: MODEL_URL };
/** The model that comes with the page and was trained with interleaved latent steps. */
export const INTERLEAVED: ModelSource = { kind: 'site', url: new URL('/models/noema-tiny-ivtlr/', location.href).href };

/** The sizes of the embedded model. */
export async function embeddedConfig(): Promise<QwenConfig> {
  const names = ['config.json', 'generation_config.json', 'preprocessor_config.json'];
  const files = await Promise.all(names.map(async (name) => [name, await (await fetch(new URL(name, MODEL_URL))).json()] as const));
  return parseConfig(Object.fromEntries(files));
}

/** Loads the embedded model in this page, once; every later call gets the same one. */
export function embeddedModel(
  device: 'wasm' | 'webgpu',
  dtype: LoadRequest['dtype'] = 'auto',
  options: LoadOptions = {},
  source: ModelSource = EMBEDDED,
): () => Promise<LoadedOnnx> {
  let loaded: Promise<LoadedOnnx> | null = null;
  return () => (loaded ??= loadModel({ source, dtype, device }, () => undefined, new AbortController().signal, options).then(onnx));
}

/** A picture with three coloured shapes, as an encoded file. */
export async function drawPicture(width = 224, height = 224, type = 'image/png'): Promise<ArrayBuffer> {
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext('2d') as OffscreenCanvasRenderingContext2D;
  context.fillStyle = '#f4f1ea';
  context.fillRect(0, 0, width, height);
  context.fillStyle = '#c8322b';
  context.fillRect(width * 0.1, height * 0.15, width * 0.25, height * 0.25);
  context.fillStyle = '#2b62c8';
  context.beginPath();
  context.arc(width * 0.7, height * 0.3, width * 0.14, 0, 7);
  context.fill();
  context.fillStyle = '#2f9e44';
  context.fillRect(width * 0.4, height * 0.6, width * 0.2, height * 0.25);
  return (await canvas.convertToBlob({ type })).arrayBuffer();
}

/** A prepared picture of 12 x 16 patches with a smooth pattern; a new one with every call, which is encoded anew. */
export function rampImage(model: Pick<LatentModel, 'prepareImage'>): ModelImage {
  const [width, height] = [16 * 14, 12 * 14];
  const data = Uint8ClampedArray.from({ length: 3 * width * height }, (_, i) => 128 + 80 * Math.sin(i * 0.37) + 40 * Math.cos(i * 0.0011));
  return model.prepareImage({ width, height, data }, { minPixels: 1, maxPixels: width * height });
}

/** `length` rows of made-up numbers. */
export function waveRows({ info }: Pick<LatentModel, 'info'>, length: number, seed = 0): Row[] {
  return Array.from({ length }, (_, row) => ({
    kind: 'vector',
    data: Float32Array.from({ length: info.hiddenSize }, (_, i) => 0.05 * Math.sin((row * info.hiddenSize + i) ** 2 + seed)),
  }));
}

/** A fresh engine thread. */
export class TestWorker {
  readonly worker = new Worker(new URL('../../workers/engine.worker.ts', import.meta.url), { type: 'module' });
  readonly service = wrap<EngineService>(this.worker);

  async load(request: Partial<LoadRequest>, watch: (event: LoadEvent, cancel: () => void) => void = () => undefined): Promise<LoadEvent[]> {
    const job = openJob<LoadEvent>();
    void this.service.load({ source: EMBEDDED, dtype: 'auto', device: 'wasm', ...request }, transfer(job.remote, [job.remote]));
    return collect(job.events, (event) => watch(event, job.cancel));
  }

  async run(request: RunRequest, watch: (event: RunEvent, cancel: () => void) => void = () => undefined): Promise<RunEvent[]> {
    const job = openJob<RunEvent>();
    void this.service.run(request, transfer(job.remote, [job.remote]));
    return collect(job.events, (event) => watch(event, job.cancel));
  }

  end(): void {
    this.worker.terminate();
  }
}

async function collect<E>(events: AsyncIterable<E>, watch: (event: E) => void): Promise<E[]> {
  const all: E[] = [];
  for await (const event of events) {
    all.push(event);
    watch(event);
  }
  return all;
}
