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
   * The input `name` as a tensor, on the GPU where there is one; half precision comes as its bits. It holds until the same
   * name is asked for again: what is written then comes after the work that was submitted before. A buffer is kept for up to
   * `most` bytes.
   */
  tensor(name: string, values: Float32Array | Uint16Array | BigInt64Array, dims: readonly number[], most = MOST_BYTES): Tensor {
    const { ort } = this.runtime;
    const type = values instanceof Float32Array ? 'float32' : values instanceof Uint16Array ? 'float16' : 'int64';
    if (!this.#kept || values.byteLength === 0 || values.byteLength > most) return new ort.Tensor(type, values, dims);
    const buffer = this.#kept.get(
      `feed ${name}`,
      values.byteLength,
      GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    );
    this.#kept.device.queue.writeBuffer(buffer, 0, inWords(values));
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: type, dims });
  }

  close(): void {
    this.#kept?.close();
  }
}

/** The same bytes; a GPU is written to in words of 32 bits. */
function inWords(values: Float32Array | Uint16Array | BigInt64Array): GPUAllowSharedBufferSource {
  if (values.byteLength % 4 === 0) return values as GPUAllowSharedBufferSource;
  const words = new Uint16Array(values.byteLength / 2 + 1);
  words.set(values as Uint16Array);
  return words;
}
