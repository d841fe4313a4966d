// Times every dispatch on the GPU: each in a compute pass of its own, between two timestamps, summed by the label of its shader.

export interface Kernel {
  /** The label of its pipeline or shader. */
  readonly label: string;
  readonly dispatches: number;
  /** Microseconds of GPU time, all dispatches together. */
  readonly us: number;
}

export interface KernelTimes {
  readonly dispatches: number;
  /** Microseconds the GPU computed, and from the start of the first dispatch to the end of the last. */
  readonly busyUs: number;
  readonly spanUs: number;
  /** Milliseconds by the clock, the extra passes and timestamps included. */
  readonly clockMs: number;
  /** Longest first. */
  readonly kernels: readonly Kernel[];
}

/** Dispatches whose timestamps fit in one query set: WebGPU allows 4096 queries. */
const PER_SET = 2048;

/** Timestamps of dispatches while they are recorded. */
interface Recording {
  readonly sets: GPUQuerySet[];
  readonly labels: string[];
  readonly device: GPUDevice;
}

/** Wraps the prototypes once per page, before the device is asked for: the device gets `timestamp-query` where the adapter has it. */
export class KernelTimer {
  readonly #labels = new WeakMap<object, string>();
  #recording: Recording | null = null;

  constructor() {
    askForTimestamps();
    const labels = this.#labels;
    wrap(GPUDevice.prototype, 'createShaderModule', (original, self, [descriptor]) => {
      const module = original.call(self, descriptor) as object;
      const { label, code } = descriptor as GPUShaderModuleDescriptor;
      labels.set(module, label || `unnamed, ${code.length} characters of WGSL`);
      return module;
    });
    for (const name of ['createComputePipeline', 'createComputePipelineAsync']) {
      wrap(GPUDevice.prototype, name, (original, self, [descriptor]) => {
        const { label, compute } = descriptor as GPUComputePipelineDescriptor;
        const note = (pipeline: object): object => {
          labels.set(pipeline, label || (labels.get(compute.module) ?? 'unnamed'));
          return pipeline;
        };
        const made = original.call(self, descriptor) as object | Promise<object>;
        return made instanceof Promise ? made.then(note) : note(made);
      });
    }
    wrap(GPUCommandEncoder.prototype, 'beginComputePass', (original, self, [descriptor]) => {
      const begin = (more: GPUComputePassDescriptor): GPUComputePassEncoder => original.call(self, more) as GPUComputePassEncoder;
      const recording = this.#recording;
      if (recording === null) return begin(descriptor ?? {});
      return new SplitPass(begin, (pipeline) => nextWrites(recording, labels.get(pipeline) ?? 'unnamed'));
    });
  }

  /** Does `job` and gives the time of each of its kernels; null when the device has no timestamps. */
  async measure(device: GPUDevice, job: () => Promise<unknown>): Promise<KernelTimes | null> {
    if (!device.features.has('timestamp-query')) return null;
    const recording: Recording = { device, sets: [], labels: [] };
    this.#recording = recording;
    const begun = performance.now();
    try {
      await job();
      await device.queue.onSubmittedWorkDone();
    } finally {
      this.#recording = null;
    }
    const clockMs = performance.now() - begun;
    const times = await readTimes(recording);
    for (const set of recording.sets) set.destroy();
    return sumUp(recording.labels, times, clockMs);
  }
}

/** Where the next dispatch writes its two timestamps. */
function nextWrites({ device, sets, labels }: Recording, label: string): GPUComputePassTimestampWrites {
  const place = labels.length % PER_SET;
  if (place === 0) sets.push(device.createQuerySet({ type: 'timestamp', count: 2 * PER_SET }));
  labels.push(label);
  const querySet = sets.at(-1) as GPUQuerySet;
  return { querySet, beginningOfPassWriteIndex: 2 * place, endOfPassWriteIndex: 2 * place + 1 };
}

/** Start and end of every dispatch in nanoseconds, one after the other. */
async function readTimes({ device, sets, labels }: Recording): Promise<bigint[]> {
  const times: bigint[] = [];
  for (const [index, set] of sets.entries()) {
    const queries = 2 * Math.min(PER_SET, labels.length - index * PER_SET);
    const resolved = device.createBuffer({ size: 8 * queries, usage: GPUBufferUsage.QUERY_RESOLVE | GPUBufferUsage.COPY_SRC });
    const readable = device.createBuffer({ size: 8 * queries, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
    const encoder = device.createCommandEncoder();
    encoder.resolveQuerySet(set, 0, queries, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, readable, 0, 8 * queries);
    device.queue.submit([encoder.finish()]);
    await readable.mapAsync(GPUMapMode.READ);
    times.push(...new BigUint64Array(readable.getMappedRange()));
    readable.destroy();
    resolved.destroy();
  }
  return times;
}

function sumUp(labels: readonly string[], times: readonly bigint[], clockMs: number): KernelTimes {
  const us = (from: bigint, to: bigint): number => Math.max(0, Number(to - from) / 1000);
  const kernels = new Map<string, { label: string; dispatches: number; us: number }>();
  let busyUs = 0;
  labels.forEach((label, i) => {
    const took = us(times[2 * i], times[2 * i + 1]);
    const kernel = kernels.get(label) ?? { label, dispatches: 0, us: 0 };
    kernel.dispatches += 1;
    kernel.us += took;
    busyUs += took;
    kernels.set(label, kernel);
  });
  const spanUs = labels.length === 0 ? 0 : us(times[0], times[2 * labels.length - 1]);
  const list = [...kernels.values()].sort((a, b) => b.us - a.us || b.dispatches - a.dispatches);
  return { dispatches: labels.length, busyUs, spanUs, clockMs, kernels: list };
}

/** What stands in for a compute pass while dispatches are timed: every dispatch gets a real pass, with the state set before it. */
class SplitPass {
  readonly #begin: (descriptor: GPUComputePassDescriptor) => GPUComputePassEncoder;
  readonly #writes: (pipeline: object) => GPUComputePassTimestampWrites;
  readonly #groups = new Map<number, readonly unknown[]>();
  #pipeline: GPUComputePipeline | null = null;
  label = '';

  constructor(
    begin: (descriptor: GPUComputePassDescriptor) => GPUComputePassEncoder,
    writes: (pipeline: object) => GPUComputePassTimestampWrites,
  ) {
    this.#begin = begin;
    this.#writes = writes;
  }

  setPipeline(pipeline: GPUComputePipeline): void {
    this.#pipeline = pipeline;
  }

  setBindGroup(index: number, ...rest: readonly unknown[]): void {
    this.#groups.set(index, rest);
  }

  dispatchWorkgroups(x: number, y?: number, z?: number): void {
    this.#timed((pass) => pass.dispatchWorkgroups(x, y, z));
  }

  dispatchWorkgroupsIndirect(buffer: GPUBuffer, offset: number): void {
    this.#timed((pass) => pass.dispatchWorkgroupsIndirect(buffer, offset));
  }

  /** Each real pass has ended already. */
  end(): void {}
  pushDebugGroup(): void {}
  popDebugGroup(): void {}
  insertDebugMarker(): void {}

  #timed(dispatch: (pass: GPUComputePassEncoder) => void): void {
    const pipeline = this.#pipeline;
    if (!pipeline) throw new Error('A dispatch without a pipeline.');
    const pass = this.#begin({ timestampWrites: this.#writes(pipeline) });
    pass.setPipeline(pipeline);
    for (const [index, [group, ...offsets]] of this.#groups) {
      const set = pass.setBindGroup.bind(pass) as (index: number, group: unknown, ...offsets: unknown[]) => void;
      set(index, group, ...offsets);
    }
    dispatch(pass);
    pass.end();
  }
}

/** Every device that is asked for from now on gets timestamps where its adapter has them. */
function askForTimestamps(): void {
  wrap(GPUAdapter.prototype, 'requestDevice', (original, self, [descriptor]) => {
    const { requiredFeatures = [], ...rest } = (descriptor ?? {}) as GPUDeviceDescriptor;
    const has = (self as GPUAdapter).features.has('timestamp-query');
    return original.call(self, { ...rest, requiredFeatures: has ? [...requiredFeatures, 'timestamp-query'] : requiredFeatures });
  });
}

type Method = (...args: unknown[]) => unknown;

/** Replaces a method of a prototype by one that is handed the original. */
function wrap(prototype: object, name: string, replacement: (original: Method, self: object, args: unknown[]) => unknown): void {
  const methods = prototype as Record<string, Method>;
  const original = methods[name];
  methods[name] = function wrapped(this: object, ...args: unknown[]): unknown {
    return replacement(original, this, args);
  };
}
