// Counts what WebGPU is asked to do: work that can be counted exactly says more than a clock on a busy machine.

export interface GpuWork {
  readonly dispatches: number;
  readonly submits: number;
  readonly pipelines: number;
  /** Labels of the buffers that were created; the runtime gives its own none. */
  readonly buffers: readonly string[];
  /** Bytes of each mapping for reading, in order. */
  readonly mapped: readonly number[];
  /** Writes into buffers, in order: the buffer's label and the bytes. */
  readonly written: readonly { readonly label: string; readonly bytes: number }[];
}

/** Buffers that were created and neither destroyed, by themselves or with their device, nor collected as garbage. */
export interface GpuHoldings {
  buffers: number;
  bytes: number;
}

const NOTHING: GpuWork = { dispatches: 0, submits: 0, pipelines: 0, buffers: [], mapped: [], written: [] };

/** Wraps the prototypes once per page; `measure` gives the work done while it ran. */
export class GpuMeter {
  /** The most that `held` ever was, buffers that weights pass through on their way included. */
  peakBytes = 0;
  #work = { ...NOTHING };
  readonly #holdings = new Map<object, GpuHoldings>();
  readonly #homes = new WeakMap<GPUBuffer, GpuHoldings>();
  readonly #collected = new FinalizationRegistry<{ home: GpuHoldings; bytes: number }>(({ home, bytes }) => forget(home, bytes));

  constructor() {
    const count = (part: 'dispatches' | 'submits' | 'pipelines'): void => {
      this.#work = { ...this.#work, [part]: this.#work[part] + 1 };
    };
    watch(GPUDevice.prototype, 'createComputePipeline', () => count('pipelines'));
    watch(GPUDevice.prototype, 'createComputePipelineAsync', () => count('pipelines'));
    watch(GPUDevice.prototype, 'createBuffer', undefined, (device, [descriptor], buffer) =>
      this.#created(device, descriptor as GPUBufferDescriptor, buffer as GPUBuffer),
    );
    watch(GPUBuffer.prototype, 'destroy', (buffer) => this.#destroyed(buffer as GPUBuffer));
    watch(GPUDevice.prototype, 'destroy', (device) => Object.assign(this.#holdings.get(device) ?? {}, { buffers: 0, bytes: 0 }));
    watch(GPUQueue.prototype, 'submit', () => count('submits'));
    watch(GPUQueue.prototype, 'writeBuffer', (_, [buffer, , data, offset, size]) =>
      this.#written(buffer as GPUBuffer, data as ArrayBuffer | ArrayBufferView, offset as number | undefined, size as number | undefined),
    );
    watch(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => count('dispatches'));
    watch(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', () => count('dispatches'));
    watch(GPUBuffer.prototype, 'mapAsync', (buffer, [mode, offset, size]) => {
      if (mode !== GPUMapMode.READ) return;
      const bytes = (size as number | undefined) ?? (buffer as GPUBuffer).size - ((offset as number | undefined) ?? 0);
      this.#work = { ...this.#work, mapped: [...this.#work.mapped, bytes] };
    });
  }

  async measure(job: () => Promise<unknown>): Promise<GpuWork> {
    this.#work = { ...NOTHING };
    await job();
    return this.#work;
  }

  /** What all devices hold now. */
  get held(): GpuHoldings {
    const all = { buffers: 0, bytes: 0 };
    for (const { buffers, bytes } of this.#holdings.values()) {
      all.buffers += buffers;
      all.bytes += bytes;
    }
    return all;
  }

  /** Offset and size count elements of `data`, or bytes when it is no typed array. */
  #written({ label }: GPUBuffer, data: ArrayBuffer | ArrayBufferView, offset = 0, size?: number): void {
    const width = 'BYTES_PER_ELEMENT' in data ? (data.BYTES_PER_ELEMENT as number) : 1;
    const bytes = size === undefined ? data.byteLength - offset * width : size * width;
    this.#work = { ...this.#work, written: [...this.#work.written, { label, bytes }] };
  }

  #created(device: object, { label, size }: GPUBufferDescriptor, buffer: GPUBuffer): void {
    this.#work = { ...this.#work, buffers: [...this.#work.buffers, label ?? ''] };
    const home = this.#holdings.get(device) ?? { buffers: 0, bytes: 0 };
    this.#holdings.set(device, home);
    home.buffers += 1;
    home.bytes += size;
    this.peakBytes = Math.max(this.peakBytes, this.held.bytes);
    this.#homes.set(buffer, home);
    this.#collected.register(buffer, { home, bytes: size }, buffer);
  }

  #destroyed(buffer: GPUBuffer): void {
    const home = this.#homes.get(buffer);
    if (!home) return;
    this.#homes.delete(buffer);
    this.#collected.unregister(buffer);
    forget(home, buffer.size);
  }
}

/** A device that is gone holds nothing already. */
function forget(home: GpuHoldings, bytes: number): void {
  if (home.buffers === 0) return;
  home.buffers -= 1;
  home.bytes -= bytes;
}

/** Calls `before` and `after` around every call of a method, with the object, the arguments and the result. */
function watch(
  prototype: object,
  name: string,
  before?: (self: object, args: unknown[]) => void,
  after?: (self: object, args: unknown[], result: unknown) => void,
): void {
  const methods = prototype as Record<string, (...args: unknown[]) => unknown>;
  const original = methods[name];
  methods[name] = function watched(this: object, ...args: unknown[]): unknown {
    before?.(this, args);
    const result = original.apply(this, args);
    after?.(this, args, result);
    return result;
  };
}
