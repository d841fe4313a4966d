// The cache as tensors that no later pass writes to: every pass makes longer ones. For WASM, and for graphs that read the past themselves.
import type { Tensor } from 'onnxruntime-common';
import type { Outputs, Runtime } from '../runtime/runtime';
import type { Cache, CacheLayout, CachePass, CacheStore } from './cache';

interface GrownCache extends Cache {
  readonly tensors: readonly Tensor[];
}

export class GrowingStore implements CacheStore {
  constructor(
    readonly runtime: Runtime,
    readonly layout: CacheLayout,
  ) {}

  begin(past: Cache | null, rows: number, keep: boolean): Promise<CachePass> {
    const { pastNames, presentNames } = this.layout;
    const before = past as GrownCache | null;
    const length = (before?.length ?? 0) + rows;
    return Promise.resolve({
      feeds: Object.fromEntries(pastNames.map((name, index) => [name, before?.tensors[index] ?? this.#empty()])),
      fetches: Object.fromEntries(keep ? presentNames.map((name) => [name, null]) : []),
      keyRows: length,
      end: (outputs: Outputs): GrownCache | null => (keep ? { length, tensors: presentNames.map((name) => outputs[name]) } : null),
      fail: (outputs: Outputs): void => {
        for (const name of presentNames) if (outputs[name]) this.runtime.free(outputs[name]);
      },
    });
  }

  read(cache: Cache): Record<string, Tensor> {
    const { tensors } = cache as GrownCache;
    return Object.fromEntries(this.layout.pastNames.map((name, index) => [name, tensors[index]]));
  }

  async share(cache: Cache, rows: number): Promise<GrownCache> {
    const { tensors } = cache as GrownCache;
    const onGpu = tensors[0].location === 'gpu-buffer';
    return { length: rows, tensors: onGpu ? await this.#copyOnGpu(tensors, rows) : tensors.map((tensor) => this.#copy(tensor, rows)) };
  }

  free(cache: Cache): void {
    for (const tensor of (cache as GrownCache).tensors) this.runtime.free(tensor);
  }

  close(): void {}

  #copy(tensor: Tensor, rows: number): Tensor {
    const { keyValueHeads, headSize } = this.layout;
    const before = tensor.dims[2] * headSize;
    const kept = rows * headSize;
    const data = tensor.data as Float32Array | Uint16Array;
    const copy = data.slice(0, keyValueHeads * kept);
    for (let head = 0; head < keyValueHeads; head += 1) copy.set(data.subarray(head * before, head * before + kept), head * kept);
    return this.#tensor(copy, rows);
  }

  async #copyOnGpu(tensors: readonly Tensor[], rows: number): Promise<Tensor[]> {
    const { keyValueHeads, headSize, type } = this.layout;
    const rowBytes = headSize * (type === 'float16' ? 2 : 4);
    const dims = [1, keyValueHeads, rows, headSize];
    const buffers = await this.runtime.allocate('noema shared rows', keyValueHeads * rows * rowBytes, tensors.length);
    const device = this.runtime.device as GPUDevice;
    const encoder = device.createCommandEncoder();
    for (const [index, tensor] of tensors.entries()) {
      for (let head = 0; head < keyValueHeads; head += 1) {
        const from = head * tensor.dims[2] * rowBytes;
        encoder.copyBufferToBuffer(tensor.gpuBuffer, from, buffers[index], head * rows * rowBytes, rows * rowBytes);
      }
    }
    device.queue.submit([encoder.finish()]);
    this.runtime.countLive(tensors.length);
    return buffers.map((buffer) =>
      this.runtime.ort.Tensor.fromGpuBuffer(buffer, { dataType: type, dims, dispose: () => buffer.destroy() }),
    );
  }

  #empty(): Tensor {
    return this.#tensor(this.layout.type === 'float16' ? new Uint16Array() : new Float32Array(), 0);
  }

  #tensor(data: Float32Array | Uint16Array, rows: number): Tensor {
    const { Tensor } = this.runtime.ort;
    const { keyValueHeads, headSize } = this.layout;
    const dims = [1, keyValueHeads, rows, headSize];
    return data instanceof Float32Array ? new Tensor('float32', data, dims) : new Tensor('float16', data, dims);
  }
}
