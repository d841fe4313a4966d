// From a load request to a model that has answered once: plan, trusted device, download, sessions, warm-up.
import { cancelled, fault, throwIfAborted, type EngineFault, type ErrorCode } from '../../src/errors';
import type { LoadRequest } from '../../src/engine/model-host';
import type { ModelSource } from '../../src/engine/model-source';
import { footprint } from '../../src/engine/footprint';
import type { DeviceFacts, LoadEvent } from '../../src/events/events';
import type { Dtype } from '../../src/model/dtype';
import { findTrustedDevice, type TrustedDevice } from '../device/select-device';
import type { ModelFolder } from '../files/model-folder';
import { openFolder } from '../files/open-folder';
import type { AttentionKind } from '../graph/instrument';
import type { ModelConfig } from '../decoder/model-config';
import type { Family, OpenFiles, OpenModel } from '../families/family';
import { sortFailure } from '../runtime/failures';
import type { OrtBuild } from '../runtime/ort';
import { chooseDtype, mayUse16Bit } from './choose-dtype';
import { gather, sourceOf, type ModelFiles } from './gather';
import { laterGradient } from './later-gradient';
import { readPlan } from './plan';
import { fetchSelfTest } from './self-test-files';
import { warmUp } from './warm-up';

export interface LoadedModel {
  readonly model: OpenModel;
  readonly device: DeviceFacts;
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
  /** The families of models that may be loaded; by default all there are. */
  readonly families?: readonly Family[];
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
  const plan = await readPlan(folder, signal, options.families);
  const { config } = plan;

  // The device comes before the download: nobody should fetch gigabytes for a GPU that cannot be trusted with them.
  if (device !== 'wasm') tell({ type: 'phase', phase: 'self-test' });
  const trusted = await findTrustedDevice({
    device,
    f16: mayUse16Bit(request.dtype, plan),
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
    const type = chooseDtype(request.dtype, plan, trusted, (message) => tell({ type: 'notice', message }), isHere(request.source));
    checkLimits(config, type.dtype, trusted.runtime.device);
    tell({ type: 'phase', phase: 'download' });
    const files = await gather(folder, plan, type, tell, signal);
    await folder.touch(true);
    throwIfAborted(signal);
    tell({ type: 'phase', phase: 'compile' });
    const refuse = (error: unknown): never => {
      throw signal.aborted ? error : misfit(error);
    };
    const attention = options.attention ?? (trusted.software ? 'plain' : 'fused');
    const model = await plan.family
      .open({ ...opened(files), gradient: laterGradient(request, plan, type) }, config, {
        runtime: trusted.runtime,
        instrument: { attention, fuse: options.fuse ?? trusted.runtime.kind === 'webgpu' },
        identity: { id: folder.id, name: plan.name, dtype: type.dtype, verified: files.verified },
        check: () => throwIfAborted(signal),
      })
      .catch(refuse);
    tell({ type: 'phase', phase: 'warm-up' });
    await warmUp(model, signal).catch(refuse);
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

/** The files as a family opens them. A graph's own bytes are read when its session is built and not before: one at a time lies in memory. */
function opened({ tokenizer, sessions }: ModelFiles): Omit<OpenFiles, 'gradient'> {
  return {
    tokenizer: { tokenizer: tokenizer['tokenizer.json'], config: tokenizer['tokenizer_config.json'] },
    graph: (session) => sourceOf(sessions[session]),
  };
}

/** Faults of whoever asks: when a fresh model has them in its first small run, nobody asked for anything unusual. */
const ASKED: ReadonlySet<ErrorCode> = new Set(['BAD_INPUT', 'BAD_IMAGE', 'INTERNAL']);

/** The fault of a model that cannot be opened, or not do its first small run with a grey picture and a short question. */
function misfit(error: unknown): EngineFault {
  const own = sortFailure(error, 'running the model for the first time');
  if (!ASKED.has(own.value.code)) return own;
  return fault(
    'BAD_MODEL',
    `config.json, preprocessor_config.json and the graphs of this model do not go together: ${own.message}`,
    'Use files of one and the same export, or choose another model.',
    own.value.detail === undefined ? {} : { detail: own.value.detail },
  );
}

/** Whether another dtype may be read in place of the one agreed to: it costs no download. */
const isHere = (source: ModelSource): boolean => source.kind === 'site' || source.kind === 'folder';

/** The largest buffer of the dtype must fit one binding. Throws LIMIT_TOO_SMALL. */
function checkLimits(config: ModelConfig, dtype: Dtype, device: GPUDevice | null): void {
  const need = footprint(config, { download: 0, largestFile: 0 }, dtype, true).binding;
  const most = device?.limits.maxStorageBufferBindingSize ?? Infinity;
  if (need <= most) return;
  throw fault(
    'LIMIT_TOO_SMALL',
    `This model needs GPU buffers of ${Math.ceil(need / 2 ** 20)} MiB; this adapter allows ${Math.floor(most / 2 ** 20)} MiB.`,
    'Choose a smaller model, or WASM.',
  );
}
