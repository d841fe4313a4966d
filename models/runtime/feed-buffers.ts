// Inputs that change with every pass, written into GPU buffers that stay: the runtime would make a new buffer for each.
import type { Tensor } from 'onnxruntime-common';
import type { Runtime } from './runtime';

/** Larger inputs (a prompt's rows) go the runtime's way, once: their memory would be kept for nothing. */
const MOST_BYTES = 2 ** 20;

export class FeedBuffers {
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(readonly runtime: Runtime) {}

  /**
   * The input `name` as a tensor, on the GPU where there is one. It holds until the same name is asked for again: what is
   * written then comes after the work that was submitted before.
   */
  tensor(name: string, values: Float32Array | BigInt64Array, dims: readonly number[]): Tensor {
    const { device, ort } = this.runtime;
    const type = values instanceof Float32Array ? 'float32' : 'int64';
    if (!device || values.byteLength === 0 || values.byteLength > MOST_BYTES) return new ort.Tensor(type, values, dims);
    const buffer = this.#buffer(device, name, values.byteLength);
    device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>);
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: type, dims });
  }

  #buffer(device: GPUDevice, name: string, bytes: number): GPUBuffer {
    const kept = this.#buffers.get(name);
    if (kept && kept.size >= bytes) return kept;
    kept?.destroy();
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(bytes)));
    const buffer = device.createBuffer({
      label: `noema feed ${name}`,
      size,
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    this.#buffers.set(name, buffer);
    return buffer;
  }

  close(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
  }
}
