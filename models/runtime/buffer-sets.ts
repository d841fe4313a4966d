// Sets of equal GPU buffers, taken and given back: one set that was given back is kept, for whoever wants the same size next.
import type { Runtime } from './runtime';

export class BufferSets {
  #spare: { readonly buffers: readonly GPUBuffer[]; readonly bytes: number } | null = null;
  readonly #taken = new Set<readonly GPUBuffer[]>();

  constructor(
    readonly runtime: Runtime,
    readonly label: string,
    /** Buffers in a set. */
    readonly count: number,
  ) {}

  /** A set of buffers of `bytes` bytes each; they may hold old numbers. Throws OUT_OF_MEMORY. */
  async take(bytes: number): Promise<readonly GPUBuffer[]> {
    const kept = this.#spare;
    this.#spare = null;
    if (kept && kept.bytes !== bytes) for (const buffer of kept.buffers) buffer.destroy();
    const buffers = kept?.bytes === bytes ? kept.buffers : await this.runtime.allocate(this.label, bytes, this.count);
    this.#taken.add(buffers);
    this.runtime.countLive(this.count);
    return buffers;
  }

  /** Takes a set back; it is kept for the next `take` when it is fit for that and no other is. */
  give(buffers: readonly GPUBuffer[], bytes: number, reusable: boolean): void {
    if (!this.#taken.delete(buffers)) return;
    this.runtime.countLive(-this.count);
    if (reusable && this.#spare === null) this.#spare = { buffers, bytes };
    else for (const buffer of buffers) buffer.destroy();
  }

  /** Destroys all sets, those taken too. */
  close(): void {
    for (const buffers of [...this.#taken]) this.give(buffers, 0, false);
    for (const buffer of this.#spare?.buffers ?? []) buffer.destroy();
    this.#spare = null;
  }
}
