// The cache as GPU buffers that are past and present at once: a pass writes its rows behind those that are kept, and nothing is copied.
import type { Tensor } from 'onnxruntime-common';
import { fault } from '../../src/errors';
import { BufferSets } from '../runtime/buffer-sets';
import type { Runtime } from '../runtime/runtime';
import type { Cache, CacheLayout, CachePass, CacheStore } from './cache';

/** Capacities are multiples of this, so that released buffers fit the next prompt. */
const BUCKET = 128;
/** Rows there is room for behind a prompt at least: think tokens, patches and the beginning of an answer. */
const ROOM = 128;

/** One buffer per layer and part, [1, key/value heads, capacity, head size], and who still needs which of its rows. */
interface Storage {
  buffers: readonly GPUBuffer[];
  capacity: number;
  /** Caches whose rows lie here: a prompt, and answers that continue it. */
  readonly holders: Set<StaticCache>;
  /** Whether a pass is writing here. */
  busy: boolean;
  /** Set when a failed pass may have left numbers that are not finite: they would spoil whoever reads past its own rows. */
  spoilt: boolean;
}

interface StaticCache extends Cache {
  readonly storage: Storage;
}

export class StaticStore implements CacheStore {
  readonly #sets: BufferSets;
  readonly #rowBytes: number;

  constructor(
    readonly runtime: Runtime,
    readonly layout: CacheLayout,
  ) {
    this.#sets = new BufferSets(runtime, 'noema cache', layout.pastNames.length);
    this.#rowBytes = layout.headSize * (layout.type === 'float16' ? 2 : 4);
  }

  async begin(past: Cache | null, rows: number, keep: boolean): Promise<CachePass> {
    const before = past as StaticCache | null;
    const kept = before?.length ?? 0;
    const length = kept + rows;
    const storage = await this.#storageFor(before, length);
    if (kept + rows > storage.capacity || !(rows > 0)) {
      // The kernel writes where the lengths say, without looking at the buffer's end.
      throw fault('INTERNAL', `A pass of ${rows} rows after ${kept} does not fit ${storage.capacity} rows.`, 'Run again.', { retry: true });
    }
    storage.busy = true;
    const cache: StaticCache | null = keep ? { length, storage } : null;
    if (cache) storage.holders.add(cache);
    const { pastNames, presentNames } = this.layout;
    const done = (): void => {
      storage.busy = false;
      this.#tidy(storage);
    };
    return {
      feeds: this.#named(pastNames, storage),
      fetches: this.#named(presentNames, storage),
      keyRows: storage.capacity,
      end: () => {
        done();
        return cache;
      },
      fail: () => {
        if (cache) storage.holders.delete(cache);
        storage.spoilt = true;
        this.#clear(storage, kept, length);
        done();
      },
    };
  }

  read(cache: Cache): Record<string, Tensor> {
    return this.#named(this.layout.pastNames, (cache as StaticCache).storage);
  }

  /** The rows stay where they are; they are copied when a pass is to write behind them. */
  share(cache: Cache, rows: number): Promise<Cache> {
    const { storage } = cache as StaticCache;
    const shared: StaticCache = { length: rows, storage };
    storage.holders.add(shared);
    return Promise.resolve(shared);
  }

  free(cache: Cache): void {
    const holder = cache as StaticCache;
    if (holder.storage.holders.delete(holder)) this.#tidy(holder.storage);
  }

  close(): void {
    this.#sets.close();
  }

  /**
   * Where a pass after `past` may write up to row `length`: behind `past` itself when nobody holds rows there, otherwise
   * behind a copy of it (another prompt of the same picture; a prompt that is continued while its answer is being generated).
   */
  async #storageFor(past: StaticCache | null, length: number): Promise<Storage> {
    if (past === null) return this.#open(length);
    const { storage } = past;
    if ([...storage.holders].some((holder) => holder.length > past.length)) {
      const copy = await this.#open(length);
      this.#copyRows(storage, copy, past.length);
      return copy;
    }
    if (length > storage.capacity) {
      const larger = await this.#open(length);
      this.#copyRows(storage, larger, past.length);
      const { buffers, capacity } = storage;
      storage.buffers = larger.buffers;
      storage.capacity = larger.capacity;
      this.#sets.give(buffers, this.#bytes(capacity), !storage.spoilt);
    }
    return storage;
  }

  async #open(length: number): Promise<Storage> {
    const capacity = Math.ceil((length + ROOM) / BUCKET) * BUCKET;
    return { buffers: await this.#sets.take(this.#bytes(capacity)), capacity, holders: new Set(), busy: false, spoilt: false };
  }

  #tidy(storage: Storage): void {
    if (storage.busy || storage.holders.size > 0) return;
    this.#sets.give(storage.buffers, this.#bytes(storage.capacity), !storage.spoilt);
  }

  #bytes(capacity: number): number {
    return this.layout.keyValueHeads * capacity * this.#rowBytes;
  }

  #named(names: readonly string[], { buffers, capacity }: Storage): Record<string, Tensor> {
    const { keyValueHeads, headSize, type } = this.layout;
    const dims = [1, keyValueHeads, capacity, headSize];
    const { Tensor } = this.runtime.ort;
    return Object.fromEntries(names.map((name, i) => [name, Tensor.fromGpuBuffer(buffers[i], { dataType: type, dims })]));
  }

  /** Copies the first `rows` rows of every head. */
  #copyRows(from: Storage, to: Storage, rows: number): void {
    this.#encode((encoder) => {
      for (const [index, buffer] of from.buffers.entries())
        for (let head = 0; head < this.layout.keyValueHeads; head += 1)
          encoder.copyBufferToBuffer(
            buffer,
            head * from.capacity * this.#rowBytes,
            to.buffers[index],
            head * to.capacity * this.#rowBytes,
            rows * this.#rowBytes,
          );
    });
  }

  /** Sets rows start..end to zero: a later read-out of attention multiplies also the keys that it then masks. */
  #clear({ buffers, capacity }: Storage, start: number, end: number): void {
    this.#encode((encoder) => {
      for (const buffer of buffers)
        for (let head = 0; head < this.layout.keyValueHeads; head += 1)
          encoder.clearBuffer(buffer, (head * capacity + start) * this.#rowBytes, (end - start) * this.#rowBytes);
    });
  }

  #encode(work: (encoder: GPUCommandEncoder) => void): void {
    const device = this.runtime.device as GPUDevice;
    const encoder = device.createCommandEncoder();
    work(encoder);
    device.queue.submit([encoder.finish()]);
  }
}
