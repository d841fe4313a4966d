// Inputs that change with every pass, written into GPU buffers that stay: the runtime would make a new buffer for each.
import type { Tensor } from 'onnxruntime-common';
import { KeptBuffers } from './kept-buffers';
import type { Runtime } from './runtime';

/** Larger inputs (a prompt's rows) go the runtime's way, once: their memory would be kept for nothing. */
const MOST_BYTES = 2 ** 20;

export class FeedBuffers {
  readonly #kept: KeptBuffers | null;

  constructor(readonly runtime: Runtime) {
    this.#kept = runtime.device && new KeptBuffers(runtime.device);
  }

  /**
   * The input `name` as a tensor, on the GPU where there is one. It holds until the same name is asked for again: what is
   * written then comes after the work that was submitted before.
   */
  tensor(name: string, values: Float32Array | BigInt64Array, dims: readonly number[]): Tensor {
    const { ort } = this.runtime;
    const type = values instanceof Float32Array ? 'float32' : 'int64';
    if (!this.#kept || values.byteLength === 0 || values.byteLength > MOST_BYTES) return new ort.Tensor(type, values, dims);
    const buffer = this.#kept.get(
      `feed ${name}`,
      values.byteLength,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    );
    this.#kept.device.queue.writeBuffer(buffer, 0, values as Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>);
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: type, dims });
  }

  close(): void {
    this.#kept?.close();
  }
}
