// What a decoder keeps of the rows it has read, behind one interface: buffers written in place, or tensors that grow.
import type { Tensor } from 'onnxruntime-common';
import type { Outputs } from '../runtime/runtime';

/** Keys and values of so many rows. Whoever holds one finds its rows unchanged until it gives it back. */
export interface Cache {
  readonly length: number;
}

/** How a decoder graph names and shapes its cache: one tensor [1, key/value heads, rows, head size] per layer and part. */
export interface CacheLayout {
  /** Inputs, layer by layer, keys before values. */
  readonly pastNames: readonly string[];
  /** Outputs in the same order. */
  readonly presentNames: readonly string[];
  readonly type: 'float32' | 'float16';
  readonly keyValueHeads: number;
  readonly headSize: number;
}

/** What one pass needs of the cache. Exactly one of `end` and `fail` must be called. */
export interface CachePass {
  readonly feeds: Readonly<Record<string, Tensor>>;
  /** Outputs to ask for: null for a new tensor, or the tensor to write to. */
  readonly fetches: Readonly<Record<string, Tensor | null>>;
  /** Rows that the keys of this pass have; those past its last row are not to be looked at. */
  readonly keyRows: number;
  /** The cache with the pass's rows when it was to be kept; it must be given back with `CacheStore.free`. */
  end(outputs: Outputs): Cache | null;
  /** Gives everything back, `outputs` too as far as there are any. What the pass wrote may not be finite. */
  fail(outputs: Outputs): void;
}

export interface CacheStore {
  /** Begins a pass of `rows` rows after `past`, whose rows stay as they are. Passes must not overlap. Throws OUT_OF_MEMORY. */
  begin(past: Cache | null, rows: number, keep: boolean): Promise<CachePass>;
  /** A cache's keys and values under the names of the decoder's inputs, to be read between passes; rows behind its length hold anything. */
  read(cache: Cache): Readonly<Record<string, Tensor>>;
  /** The first `rows` rows of a cache (1 to all) as a cache of their own, to be given back by itself. Throws OUT_OF_MEMORY. */
  share(cache: Cache, rows: number): Promise<Cache>;
  free(cache: Cache): void;
  /** Gives all GPU memory back. */
  close(): void;
}
