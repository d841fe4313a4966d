// The benchmarks' half in the worker: loads a model as the engine does and measures it.
import { EngineFault } from '../../src/errors';
import type { LoadRequest } from '../../src/engine/model-host';
import type { Dtype } from '../../src/model/dtype';
import type { ModelFolder } from '../../models/files/model-folder';
import { openFolder } from '../../models/files/open-folder';
import type { AttentionKind } from '../../models/graph/instrument';
import { loadModel } from '../../models/load/load-model';
import { onnx, type LoadedOnnx } from '../onnx';
import { readPlan, weightsOf, type PlannedDtype } from '../../models/load/plan';
import { GpuMeter } from '../browser/gpu-meter';
import { compare, type CompareOptions, type Comparison } from './compare';
import type { Followed } from './distributions';
import type { DecoderSizes } from './floor';
import { mb, seconds } from './figures';
import { follow, type FollowJob } from './follow';
import { graphWork, type GraphWork } from './graph-work';
import { measurePeaks, type Peaks } from './micro-kernels';
import { measurePaces, type PaceOptions, type Paces } from './paces';

export interface Phase {
  readonly name: string;
  readonly ms: number;
  /** Bytes of GPU buffers when it ended. */
  readonly gpuBytes: number;
}

/** A loaded model: what it is, where it computes, and what its files and graphs hold. */
export interface ModelFacts {
  readonly device: string;
  readonly software: boolean;
  readonly features: readonly string[];
  readonly name: string;
  readonly dtype: Dtype;
  /** Bytes of all files of the type and of the largest. */
  readonly files: { readonly download: number; readonly largestFile: number };
  readonly sizes: DecoderSizes;
  readonly decoder: GraphWork;
  readonly vision: GraphWork;
}

export interface BenchLoad {
  readonly request: LoadRequest;
  /** Null, here and in `fuse`: what the loader takes by itself. */
  readonly attention: AttentionKind | null;
  readonly fuse: boolean | null;
}

export class BenchHost {
  readonly #meter = 'gpu' in navigator ? new GpuMeter() : null;
  #loaded: LoadedOnnx | null = null;
  /** What loading is doing now. */
  phase = 'opening';

  /** Bytes of GPU buffers alive, and the most there ever were. */
  held(): { now: number; peak: number } {
    return { now: this.#meter?.held.bytes ?? 0, peak: this.#meter?.peakBytes ?? 0 };
  }

  /** Rejects with an Error that says what a fault says: only its message would cross the thread. */
  async load({ request, attention, fuse }: BenchLoad): Promise<readonly Phase[]> {
    const { signal } = new AbortController();
    const phases: Phase[] = [];
    let begun = performance.now();
    const endPhase = (next: string): void => {
      const now = performance.now();
      phases.push({ name: this.phase, ms: now - begun, gpuBytes: this.held().now });
      const { now: held, peak } = this.held();
      console.info(`${this.phase}: ${seconds(now - begun)}; ${mb(held)} in GPU buffers, at most ${mb(peak)} so far`);
      this.phase = next;
      begun = now;
    };
    try {
      const loaded = await loadModel(
        request,
        (event) => {
          if (event.type === 'phase' && event.phase !== this.phase) endPhase(event.phase);
          if (event.type === 'notice') console.info(event.message);
        },
        signal,
        { ...(attention === null ? {} : { attention }), ...(fuse === null ? {} : { fuse }) },
      );
      endPhase('ready');
      this.#loaded = onnx(loaded);
      return phases;
    } catch (error) {
      throw inWords(error);
    }
  }

  /** What was loaded from `source`; the small files of its graphs are read once more. */
  async describe({ source, token }: LoadRequest): Promise<ModelFacts> {
    const { signal } = new AbortController();
    const folder = await openFolder(source, { signal, ...(token === undefined ? {} : { token }) });
    const facts = await this.#facts(folder, signal);
    await folder.close();
    return facts;
  }

  async #facts(folder: ModelFolder, signal: AbortSignal): Promise<ModelFacts> {
    const { model, trusted, device } = this.#model();
    const { info } = model;
    const plan = await readPlan(folder, signal);
    const type = plan.types.find(({ dtype }) => dtype === info.dtype) as PlannedDtype;
    const work = async (name: 'decoder_model_merged' | 'vision_encoder'): Promise<GraphWork> => {
      const file = await folder.fetch(type.sessions[name].graph, { signal });
      return graphWork(new Uint8Array(await file.arrayBuffer()), info.vocabularySize);
    };
    const half = model.decoder.session.inputType('past_key_values.0.key') === 'float16';
    const { layers, heads, keyValueHeads } = info;
    return {
      device: device.description,
      software: device.software,
      features: [...(trusted.runtime.device?.features ?? [])],
      name: info.name,
      dtype: info.dtype,
      files: weightsOf(plan, type),
      sizes: { layers, heads, keyValueHeads, headSize: plan.config.headSize, cacheBytes: half ? 2 : 4 },
      decoder: await work('decoder_model_merged'),
      vision: await work('vision_encoder'),
    };
  }

  compare(options: CompareOptions): Promise<Comparison> {
    const { model, trusted } = this.#model();
    return compare(model, trusted.runtime.device ? this.#meter : null, options);
  }

  /** Opens a model of its own, without the one that is loaded. */
  follow(job: FollowJob): Promise<Followed[]> {
    return follow(job).catch((error: unknown) => {
      throw inWords(error);
    });
  }

  paces(options: PaceOptions): Promise<Paces> {
    if (!this.#meter) throw new Error('There is no WebGPU here.');
    return measurePaces(this.#model().model, this.#meter, options);
  }

  async peaks(): Promise<Peaks> {
    const { model, trusted } = this.#model();
    if (!trusted.runtime.device) throw new Error('The model is not on a GPU.');
    console.info('measuring what this GPU can do at best');
    return measurePeaks(trusted.runtime.device, model.info.dtype.endsWith('16') ? 'f16' : 'f32', trusted.software);
  }

  async close(): Promise<void> {
    await this.#loaded?.close();
    this.#loaded = null;
  }

  #model(): LoadedOnnx {
    if (!this.#loaded) throw new Error('No model is loaded.');
    return this.#loaded;
  }
}

/** An Error that says what a fault says: only its message would cross the thread. */
function inWords(error: unknown): unknown {
  if (!(error instanceof EngineFault)) return error;
  const { code, message, action, detail } = error.value;
  return new Error(`${code}: ${message} ${action} ${detail ?? ''}`, { cause: error });
}
