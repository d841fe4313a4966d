// Counts what WebGPU is asked to do: work that can be counted exactly says more than a clock on a busy machine.

export interface GpuWork {
  readonly dispatches: number;
  readonly submits: number;
  readonly pipelines: number;
  readonly buffers: number;
  /** Bytes of each mapping for reading, in order. */
  readonly mapped: readonly number[];
}

const NOTHING: GpuWork = { dispatches: 0, submits: 0, pipelines: 0, buffers: 0, mapped: [] };

/** Wraps the prototypes once per page; `measure` gives the work done while it ran. */
export class GpuMeter {
  #work = { ...NOTHING };

  constructor() {
    const count = (part: Exclude<keyof GpuWork, 'mapped'>): void => {
      this.#work = { ...this.#work, [part]: this.#work[part] + 1 };
    };
    watch(GPUDevice.prototype, 'createComputePipeline', () => count('pipelines'));
    watch(GPUDevice.prototype, 'createComputePipelineAsync', () => count('pipelines'));
    watch(GPUDevice.prototype, 'createBuffer', () => count('buffers'));
    watch(GPUQueue.prototype, 'submit', () => count('submits'));
    watch(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => count('dispatches'));
    watch(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', () => count('dispatches'));
    watch(GPUBuffer.prototype, 'mapAsync', (buffer, [mode, offset, size]) => {
      if (mode !== GPUMapMode.READ) return;
      const bytes = size ?? (buffer as GPUBuffer).size - (offset ?? 0);
      this.#work = { ...this.#work, mapped: [...this.#work.mapped, bytes] };
    });
  }

  async measure(job: () => Promise<unknown>): Promise<GpuWork> {
    this.#work = { ...NOTHING };
    await job();
    return this.#work;
  }
}

/** Calls `before` with the object and the arguments of every call of a method. */
function watch(prototype: object, name: string, before: (self: object, args: (number | undefined)[]) => void): void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[name];
  methods[name] = function watched(this: object, ...args: unknown[]): unknown {
    before(this, args as (number | undefined)[]);
    return original.apply(this, args);
  };
}
