// From a load request to a model that has answered once: plan, trusted device, download, sessions, warm-up.
import { cancelled, fault, throwIfAborted } from '../../src/errors';
import type { LoadRequest } from '../../src/engine/engine';
import type { ModelSource } from '../../src/engine/model-source';
import { footprint } from '../../src/engine/footprint';
import type { LoadEvent, RunEventOf } from '../../src/events/events';
import type { Dtype, ModelInfo } from '../../src/model/latent-model';
import { findTrustedDevice, type TrustedDevice } from '../device/ladder';
import type { ModelFolder } from '../files/model-folder';
import { openFolder } from '../files/open-folder';
import type { AttentionKind } from '../graph/instrument';
import { fitTokenizer, type QwenConfig } from '../families/qwen-vl/config';
import { Decoder } from '../decoder/decoder';
import { Embedder } from '../decoder/embedder';
import { QwenModel } from '../families/qwen-vl/model';
import { Tokenizer } from '../decoder/tokenizer';
import { VisionEncoder } from '../families/qwen-vl/vision';
import type { OrtBuild } from '../runtime/ort';
import type { GraphSource } from '../runtime/runtime';
import { chooseType, mayWantHalf } from './choose-type';
import { gather, type GraphFiles, type ModelFiles } from './gather';
import { readPlan } from './plan';
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
  /** Whether fused attention's graph gets fewer, larger launches (`instrumentDecoder`); default true on WebGPU. For comparison. */
  readonly fuse?: boolean;
  /** The runtime's build for WebGPU; by default the one that fits the browser. */
  readonly build?: OrtBuild;
}

/**
 * Loads the model of `request.source`. `tell` hears phases, bytes and notices. Throws an EngineFault; whatever had been opened
 * is closed then, and what was downloaded stays where the source stores files.
 */
export async function loadModel(
  request: LoadRequest,
  tell: (event: LoadProgress) => void,
  signal: AbortSignal,
  options: LoadOptions = {},
): Promise<LoadedModel> {
  const { source, token } = request;
  const folder = await openFolder(source, { signal, ...(token === undefined ? {} : { token }) });
  try {
    return await loadFrom(folder, request, tell, signal, options);
  } finally {
    // Everything has been read: from here on a stored copy may be deleted.
    await folder.close();
  }
}

async function loadFrom(
  folder: ModelFolder,
  request: LoadRequest,
  tell: (event: LoadProgress) => void,
  signal: AbortSignal,
  options: LoadOptions,
): Promise<LoadedModel> {
  const { device } = request;
  const plan = await readPlan(folder, signal);
  const { config } = plan;

  // The device comes before the download: nobody should fetch gigabytes for a GPU that cannot be trusted with them.
  if (device !== 'wasm') tell({ type: 'phase', phase: 'self-test' });
  const trusted = await findTrustedDevice({
    device,
    f16: mayWantHalf(request.dtype, plan),
    headSize: config.headSize,
    selfTest: () => fetchSelfTest(signal),
    notice: (message) => tell({ type: 'notice', message }),
    signal,
    ...(options.build === undefined ? {} : { build: options.build }),
  }).catch((error: unknown) => {
    throw signal.aborted ? cancelled() : error;
  });
  try {
    throwIfAborted(signal);
    const type = chooseType(request.dtype, plan, trusted, (message) => tell({ type: 'notice', message }), isHere(request.source));
    checkLimits(config, type.dtype, trusted.runtime.device);
    tell({ type: 'phase', phase: 'download' });
    const files = await gather(folder, plan, type, tell, signal);
    await folder.touch(true);
    throwIfAborted(signal);
    tell({ type: 'phase', phase: 'compile' });
    const attention = options.attention ?? (trusted.software ? 'plain' : 'fused');
    const fuse = options.fuse ?? trusted.runtime.kind === 'webgpu';
    const identity = { id: folder.id, name: plan.name, dtype: type.dtype };
    const model = await openModel(files, config, identity, trusted, { attention, fuse }, signal);
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

async function openModel(
  files: ModelFiles,
  planned: QwenConfig,
  identity: Pick<ModelInfo, 'id' | 'name' | 'dtype'>,
  { runtime }: TrustedDevice,
  graph: Required<Pick<LoadOptions, 'attention' | 'fuse'>>,
  signal: AbortSignal,
): Promise<QwenModel> {
  const { tokenizer: json } = files;
  const tokenizer = new Tokenizer({ tokenizer: json['tokenizer.json'], config: json['tokenizer_config.json'] });
  const config = fitTokenizer(planned, tokenizer);
  const { embed_tokens, vision_encoder, decoder_model_merged } = files.sessions;
  // A graph's own bytes are read when its session is built and not before: one at a time lies in memory.
  const read = async ({ name, graph, data }: GraphFiles): Promise<GraphSource> => ({
    name,
    bytes: new Uint8Array(await graph.arrayBuffer()),
    data,
  });
  const embedder = await Embedder.open(runtime, config, await read(embed_tokens));
  throwIfAborted(signal);
  const vision = await VisionEncoder.open(runtime, config, await read(vision_encoder));
  throwIfAborted(signal);
  const decoder = await Decoder.open(runtime, config, await read(decoder_model_merged), graph);
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

/** Whether another type may be read in place of the one agreed to: it costs no download. */
const isHere = (source: ModelSource): boolean => source.kind === 'site' || source.kind === 'folder';

/** The largest buffer of the type must fit one binding. Throws LIMIT_TOO_SMALL. */
function checkLimits(config: QwenConfig, dtype: Dtype, device: GPUDevice | null): void {
  const need = footprint(config, { download: 0, largestFile: 0 }, dtype, true).binding;
  const most = device?.limits.maxStorageBufferBindingSize ?? Infinity;
  if (need <= most) return;
  throw fault(
    'LIMIT_TOO_SMALL',
    `This model needs GPU buffers of ${Math.ceil(need / 2 ** 20)} MiB; this adapter allows ${Math.floor(most / 2 ** 20)} MiB.`,
    'Choose a smaller model, or WASM.',
  );
}
