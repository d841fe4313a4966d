// A prompt the decoder has read: the cache that every candidate, answer and score extends without changing it.
import { fault } from '../../../src/errors';
import type { ImageSpan, Prefix, PrefixSegment } from '../../../src/model/latent-model';
import type { Cache } from '../../decoder/cache';
import type { Decoder } from '../../decoder/decoder';

export class CachedPrefix implements Prefix {
  #cache: Cache | null;

  constructor(
    readonly decoder: Decoder,
    cache: Cache,
    readonly nextPosition: number,
    readonly image: ImageSpan | null,
    readonly segments: readonly PrefixSegment[],
  ) {
    this.#cache = cache;
    this.length = cache.length;
  }

  readonly length: number;

  /** The cache of a prefix made by `decoder`. Throws INTERNAL for one that was released or belongs to another model. */
  static cacheOf(prefix: Prefix, decoder: Decoder): Cache {
    if (prefix instanceof CachedPrefix && prefix.decoder === decoder && prefix.#cache) return prefix.#cache;
    throw fault('INTERNAL', 'This prefix was released or belongs to another model.', 'Read the prompt again.', { retry: true });
  }

  release(): void {
    if (this.#cache) this.decoder.free(this.#cache);
    this.#cache = null;
  }
}
