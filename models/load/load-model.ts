// From a load request to a model that has answered once: download, trusted device, sessions, warm-up.
import { cancelled, fault, throwIfAborted } from '../../src/engine/errors';
import type { LoadRequest } from '../../src/engine/engine';
import type { LoadEvent, RunEventOf } from '../../src/run/events';
import type { ModelInfo } from '../../src/model/latent-model';
import { findTrustedDevice, type TrustedDevice } from '../device/ladder';
import type { AttentionKind } from '../graph/instrument';
import { parseConfig, type ConfigFiles, type QwenConfig } from '../qwen/config';
import { Decoder } from '../qwen/decoder';
import { Embedder } from '../qwen/embedder';
import { QwenModel } from '../qwen/model';
import { Tokenizer } from '../qwen/tokenizer';
import { VisionEncoder } from '../qwen/vision';
import { downloadModel, type GraphFiles, type ModelFiles } from './download';
import { fetchJson } from './fetch-file';
import { chooseDtype, parseManifest, type Dtype, type Manifest } from './manifest';
import { fetchSelfTest } from './self-test-files';
import { warmUp } from './warm-up';

export interface LoadedModel {
  readonly model: QwenModel;
  readonly device: RunEventOf<'started'>['device'];
  /** What the model holds on the device; for tests and totals. */
  readonly trusted: TrustedDevice;
  /** Gives sessions and device back. */
  close(): Promise<void>;
}

export type LoadProgress = Extract<LoadEvent, { type: 'phase' | 'progress' | 'notice' }>;

export interface LoadOptions {
  /** Default: fused on a GPU; plain where the processor computes, be it as WASM or as a software adapter. */
  readonly attention?: AttentionKind;
}

/** Progress is told at most this often. */
const PROGRESS_MS = 50;

/**
 * Loads the model of `request.modelUrl`. `tell` hears phases, bytes and notices. Throws an EngineFault; whatever had been
 * opened is closed then.
 */
export async function loadModel(
  request: LoadRequest,
  tell: (event: LoadProgress) => void,
  signal: AbortSignal,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const folder = request.modelUrl.endsWith('/') ? request.modelUrl : `${request.modelUrl}/`;
  const json = (name: string): Promise<unknown> => fetchJson(new URL(name, folder).href, { signal });
  const manifest = parseManifest(await json('manifest.json'));
  const config = parseConfig(await readConfigFiles(json));

  // The device comes before the download: nobody should fetch gigabytes for a GPU that cannot be trusted with them.
  if (request.device !== 'wasm') tell({ type: 'phase', phase: 'self-test' });
  const trusted = await findTrustedDevice({
    device: request.device,
    f16: request.dtype === 'q4f16',
    headSize: config.headSize,
    selfTest: () => fetchSelfTest(signal),
    notice: (message) => tell({ type: 'notice', message }),
    signal,
  }).catch((error: unknown) => {
    throw signal.aborted ? cancelled() : error;
  });
  try {
    throwIfAborted(signal);
    const dtype = dtypeFor(request.dtype, manifest, trusted, tell);
    tell({ type: 'phase', phase: 'download' });
    const files = await downloadModel(folder, manifest, dtype, { signal, onProgress: throttled(tell) });
    throwIfAborted(signal);
    tell({ type: 'phase', phase: 'compile' });
    const attention = options.attention ?? (trusted.software ? 'plain' : 'fused');
    const model = await openModel(files, config, { id: modelId(folder), name: manifest.name, dtype }, trusted, attention, signal);
    tell({ type: 'phase', phase: 'warm-up' });
    await warmUp(model, signal);
    const { kind } = trusted.runtime;
    return {
      model,
      device: { kind, description: trusted.description, software: trusted.software },
      trusted,
      close: async () => {
        await model.close();
        await trusted.close();
      },
    };
  } catch (error) {
    await trusted.close();
    throw signal.aborted ? cancelled() : error;
  }
}

/** The type that will be loaded; q4f16 gives way to q4 on a device without trusted 16-bit numbers. */
function dtypeFor(wanted: LoadRequest['dtype'], manifest: Manifest, trusted: TrustedDevice, tell: (event: LoadProgress) => void): Dtype {
  const dtype = chooseDtype(wanted, manifest);
  if (dtype !== 'q4f16' || trusted.f16) return dtype;
  if (!manifest.dtypes.q4) {
    throw fault('NO_F16', 'This device cannot compute in 16-bit floating point, and the folder has no q4 files.', 'Choose another type.');
  }
  tell({ type: 'notice', message: 'This device cannot compute in 16-bit floating point; the q4 type is loaded instead.' });
  return 'q4';
}

async function readConfigFiles(json: (name: string) => Promise<unknown>): Promise<ConfigFiles> {
  const [config, generation, processor] = await Promise.all(
    ['config.json', 'generation_config.json', 'preprocessor_config.json'].map(json),
  );
  return { config, generation, processor };
}

async function openModel(
  files: ModelFiles,
  config: QwenConfig,
  identity: Pick<ModelInfo, 'id' | 'name' | 'dtype'>,
  { runtime }: TrustedDevice,
  attention: AttentionKind,
  signal: AbortSignal,
): Promise<QwenModel> {
  const tokenizer = new Tokenizer({ tokenizer: files.json.get('tokenizer.json'), config: files.json.get('tokenizer_config.json') });
  checkLimits(config, runtime.device);
  const { embed_tokens, vision_encoder, decoder_model_merged } = files.sessions;
  const open = (file: GraphFiles, gpuOutput: string) =>
    runtime.create(file.graph, file.name, { placement: { [gpuOutput]: 'gpu' }, externalData: file.data });
  const embedder = new Embedder(runtime, await open(embed_tokens, 'inputs_embeds'), config);
  throwIfAborted(signal);
  const vision = new VisionEncoder(runtime, await open(vision_encoder, 'image_features'), config);
  throwIfAborted(signal);
  const { graph, name, data } = decoder_model_merged;
  const decoder = await Decoder.open(runtime, config, graph, name, data, attention);
  throwIfAborted(signal);
  const { architecture, layers, heads, keyValueHeads, hiddenSize, vocabularySize } = config;
  return new QwenModel({
    decoder,
    embedder,
    vision,
    tokenizer,
    info: {
      ...identity,
      architecture,
      device: runtime.kind,
      layers,
      heads,
      keyValueHeads,
      hiddenSize,
      vocabularySize,
      embeddingStd: await embedder.standardDeviation(),
      vision: config.vision,
    },
  });
}

/** The logits of one row and the 4-bit head must fit one binding. Throws LIMIT_TOO_SMALL. */
function checkLimits(config: QwenConfig, device: GPUDevice | null): void {
  const need = (config.vocabularySize * config.hiddenSize) / 2;
  const most = device?.limits.maxStorageBufferBindingSize ?? Infinity;
  if (need <= most) return;
  throw fault(
    'LIMIT_TOO_SMALL',
    `This model needs GPU buffers of ${Math.ceil(need / 2 ** 20)} MiB; this adapter allows ${Math.floor(most / 2 ** 20)} MiB.`,
    'Choose a smaller model, or WASM.',
  );
}

/** The folder's last path segment. */
function modelId(folder: string): string {
  return new URL(folder).pathname.split('/').findLast((part) => part !== '') ?? folder;
}

function throttled(tell: (event: LoadProgress) => void): (loaded: number, total: number) => void {
  let last = -Infinity;
  return (loaded, total) => {
    const now = performance.now();
    if (now - last < PROGRESS_MS && loaded < total) return;
    last = now;
    tell({ type: 'progress', loaded, total });
  };
}
