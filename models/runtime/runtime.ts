// ONNX sessions on one device: creates, runs and releases them one at a time, and counts what they hold.
import type { InferenceSession, Tensor } from 'onnxruntime-common';
import pLimit from 'p-limit';
import { type EngineError, toEngineError } from '../../src/errors';
import { loadOrt, chooseBuild, type Ort, type OrtBuild } from './ort';
import { deviceLost, outOfMemory, sortFailure } from './failures';

export type Feeds = Readonly<Record<string, Tensor>>;
export type Outputs = Record<string, Tensor>;

/** Outputs that are wanted: their names, or with each the tensor that it is written to (null for a new one). */
export type Fetches = readonly string[] | Readonly<Record<string, Tensor | null>>;

/** Where outputs are left: 'gpu' keeps them on the device (WebGPU only; ignored on WASM). */
export type Placement = Readonly<Record<string, 'gpu' | 'cpu'>>;

/** A model ready to run. */
export interface Session {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Element type of an input; undefined when there is none of that name. */
  inputType(name: string): Tensor.Type | undefined;
  /** Runs the graph and returns the outputs named in `fetch`. Throws BAD_MODEL, OUT_OF_MEMORY or DEVICE_LOST. New tensors left on the GPU must go back by `Runtime.free`. */
  run(feeds: Feeds, fetch: Fetches): Promise<Outputs>;
  release(): Promise<void>;
}

/** External weight files of a graph: the names it knows them by, and their bytes. */
export type ExternalData = readonly { readonly path: string; readonly data: Uint8Array | Blob }[];

/** A graph as it was published, with the weights that lie beside it. */
export interface GraphSource {
  /** Its file's name, for what is said about it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly data: ExternalData;
}

/** A release waits so long for the calls before it. */
const RELEASE_MS = 10_000;
const REASON_MS = 20;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export class Runtime {
  /** One call after another: the runtime crashes or hangs when two overlap. */
  readonly #queue = pLimit(1);
  readonly #sessions = new Set<Session>();
  #live = 0;
  #lost: string | null = null;
  /** What the device said when it had no memory for something. Nothing it computes afterwards can be trusted. */
  #starved: string | null = null;
  readonly #loss: Promise<never>;

  private constructor(
    readonly ort: Ort,
    /** The device WebGPU sessions compute on; null on WASM. */
    readonly device: GPUDevice | null,
    readonly build: OrtBuild,
  ) {
    this.#loss = new Promise<never>((_, reject) => {
      void device?.lost.then((info) => {
        this.#lost = info.message || info.reason || 'unknown reason';
        reject(deviceLost(this.#lost));
      });
    });
    this.#loss.catch(() => undefined);
    // Without memory WebGPU goes on with buffers that hold nothing; nobody else hears of it.
    device?.addEventListener('uncapturederror', ({ error }) => {
      if (error instanceof GPUOutOfMemoryError) this.#starved = error.message || 'no reason given';
    });
  }

  /** Loads `build`, by default the one that fits the device. Throws DOWNLOAD. */
  static async open(device: GPUDevice | null, build: OrtBuild = chooseBuild(device ? 'webgpu' : 'wasm')): Promise<Runtime> {
    return new Runtime(await loadOrt(build), device, build);
  }

  get kind(): 'webgpu' | 'wasm' {
    return this.device ? 'webgpu' : 'wasm';
  }

  /** Resolves with the error when the device is lost, or was given back; never on WASM. */
  get loss(): Promise<EngineError> {
    return this.#loss.catch(toEngineError);
  }

  /** GPU tensors handed out and not given back. */
  get liveTensors(): number {
    return this.#live;
  }

  /**
   * Builds a session; `onProcessor` names nodes that are kept off the GPU. Throws BAD_MODEL naming the file when the runtime cannot build it,
   * OUT_OF_MEMORY, NO_F16 or DEVICE_LOST.
   */
  async create(
    model: Uint8Array,
    fileName: string,
    options: { placement?: Placement; externalData?: ExternalData; onProcessor?: readonly string[] } = {},
  ): Promise<Session> {
    const { placement = {}, externalData = [], onProcessor = [] } = options;
    const device = this.device;
    const settings: InferenceSession.SessionOptions = {
      executionProviders: device
        ? [{ name: 'webgpu', device, ...(onProcessor.length > 0 ? { forceCpuNodeNames: onProcessor } : {}) }]
        : ['wasm'],
      graphOptimizationLevel: 'all',
      // Errors only: that some shape arithmetic runs on the processor is as it should be.
      logSeverityLevel: 3,
      ...(externalData.length > 0 ? { externalData: externalData.map(({ path, data }) => ({ path, data })) } : {}),
      ...(device
        ? {
            preferredOutputLocation: Object.fromEntries(
              Object.entries(placement).map(([name, at]) => [name, at === 'gpu' ? 'gpu-buffer' : 'cpu']),
            ),
          }
        : {}),
    };
    const session = await this.#do(`loading ${fileName}`, fileName, async () => {
      const made = await this.ort.InferenceSession.create(model, settings);
      // Weights are on their way to the GPU: what it has to say about its memory is known when they have arrived.
      await device?.queue.onSubmittedWorkDone();
      if (this.#starved !== null) await made.release();
      return made;
    });
    const handle: Session = {
      inputNames: session.inputNames,
      outputNames: session.outputNames,
      inputType: (name) => {
        const found = session.inputMetadata.find((input) => input.name === name);
        return found?.isTensor ? found.type : undefined;
      },
      run: async (feeds, fetch) => {
        const wanted: InferenceSession.NullableOnnxValueMapType = isNames(fetch)
          ? Object.fromEntries(fetch.map((name) => [name, null]))
          : fetch;
        const outputs = await this.#do(`running ${fileName}`, fileName, () => session.run(feeds, wanted));
        for (const [name, given] of Object.entries(wanted)) if (!given && outputs[name].location === 'gpu-buffer') this.#live += 1;
        return outputs;
      },
      release: async () => {
        if (!this.#sessions.delete(handle)) return;
        // Behind a call that hangs a release would wait for ever; the device takes its memory along when it is given back.
        const released = this.#queue(() => session.release());
        await Promise.race([released, this.#loss, pause(RELEASE_MS)]).catch(() => undefined);
      },
    };
    this.#sessions.add(handle);
    return handle;
  }

  /** Gives a tensor's GPU memory back; nothing happens for a tensor that lies in ordinary memory. */
  free(tensor: Tensor): void {
    if (tensor.location !== 'gpu-buffer') return;
    this.#live -= 1;
    tensor.dispose();
  }

  /** Counts GPU tensors that something else than a session made; negative when they are given back. */
  countLive(tensors: number): void {
    this.#live += tensors;
  }

  /** `count` GPU buffers of `bytes` bytes each, zeroed, to be bound to sessions and copied. Throws OUT_OF_MEMORY. */
  allocate(label: string, bytes: number, count: number): Promise<readonly GPUBuffer[]> {
    const device = this.device as GPUDevice;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.#do(`allocating ${count} buffers of ${bytes} bytes`, null, async () => {
      device.pushErrorScope('validation');
      device.pushErrorScope('out-of-memory');
      const buffers = Array.from({ length: count }, () => device.createBuffer({ label, size: bytes, usage }));
      const problems = await Promise.all([device.popErrorScope(), device.popErrorScope()]);
      const problem = problems.find((found) => found !== null);
      if (!problem) return buffers;
      for (const buffer of buffers) buffer.destroy();
      throw outOfMemory(`${label}, ${count} buffers of ${bytes} bytes: ${problem.message}`);
    });
  }

  /** A float32 tensor's numbers; its GPU memory is given back. */
  async take(tensor: Tensor): Promise<Float32Array> {
    if (tensor.location !== 'gpu-buffer') return tensor.data as Float32Array;
    // Once downloaded the tensor counts as an ordinary one: only this very call can release the GPU's copy.
    const data = await this.#do('reading a tensor', null, () => tensor.getData(true));
    this.#live -= 1;
    return data as Float32Array;
  }

  /** Runs work that must not overlap a session's run (a kernel of ours reading its outputs), with the same error handling. */
  exclusive<T>(doing: string, job: () => Promise<T>): Promise<T> {
    return this.#do(doing, null, job);
  }

  /** Releases all sessions. The device itself belongs to whoever opened it. */
  async close(): Promise<void> {
    await Promise.all([...this.#sessions].map((session) => session.release()));
  }

  /** `graph`: the file whose fault it is when the runtime fails for a reason of its own. */
  async #do<T>(doing: string, graph: string | null, job: () => Promise<T>): Promise<T> {
    this.#check(doing);
    let result: T;
    try {
      result = await Promise.race([this.#queue(job), this.#loss]);
    } catch (error) {
      // A device that is lost or without memory first shows as a failing call; the reason arrives a moment later.
      if (this.device) await Promise.race([this.#loss, pause(REASON_MS)]);
      this.#check(doing);
      throw sortFailure(error, doing, graph);
    }
    this.#check(doing);
    return result;
  }

  #check(doing: string): void {
    if (this.#lost !== null) throw deviceLost(this.#lost);
    if (this.#starved !== null) throw outOfMemory(`${doing}: ${this.#starved}`);
  }
}

function isNames(fetch: Fetches): fetch is readonly string[] {
  return Array.isArray(fetch);
}
