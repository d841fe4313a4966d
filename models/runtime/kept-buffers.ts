// GPU buffers by name, kept between calls and made anew only when they become too small, so that steady work creates none.

export class KeptBuffers {
  readonly #buffers = new Map<string, GPUBuffer>();

  constructor(readonly device: GPUDevice) {}

  /** A buffer of at least so many bytes. Its contents, and itself once it is too small, last until the name is asked for again. */
  get(name: string, bytes: number, usage: GPUBufferUsageFlags): GPUBuffer {
    const kept = this.#buffers.get(name);
    if (kept && kept.size >= bytes) return kept;
    kept?.destroy();
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(bytes)));
    const buffer = this.device.createBuffer({ label: `noema ${name}`, size, usage });
    this.#buffers.set(name, buffer);
    return buffer;
  }

  close(): void {
    for (const buffer of this.#buffers.values()) buffer.destroy();
    this.#buffers.clear();
  }
}
