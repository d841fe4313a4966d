// Rows a decoder has read and keeps: handles that share one key/value cache, which is freed with the last of them.
import { fault, type EngineFault } from '../../src/errors';
import type { Closing, Context, ImageSpan, PromptReading, PromptSegment, Row } from '../../src/model/latent-model';
import type { Cache } from '../decoder/cache';

/** What is known of a context beside its cache. */
export interface ContextFacts {
  readonly image: ImageSpan | null;
  readonly segments: readonly PromptSegment[];
  readonly closing: Closing;
  readonly appended: readonly Row[];
  /** Token ids of the prompt, image placeholders among them. */
  readonly ids: Uint32Array;
  /** Which positions the prompt's rows were read with. */
  readonly positions: PromptReading['positions'];
  /** [axes, image tokens] positions of the image tokens; empty without an image. */
  readonly imagePositions: Int32Array;
  /** The position that the next row gets. */
  readonly nextPosition: number;
}

/** One cache and how many handles there are on it. */
interface Shared {
  readonly cache: Cache;
  handles: number;
}

/** The contexts of one model that have not been released. */
export class ContextPool {
  readonly #live = new Set<KeptContext>();
  readonly #free: (cache: Cache) => void;

  /** `free` gives a cache back; it is called once for each, with its last handle. */
  constructor(free: (cache: Cache) => void) {
    this.#free = free;
  }

  /** Handles that have not been released. */
  get size(): number {
    return this.#live.size;
  }

  /** Those handles, the newest last. */
  live(): readonly KeptContext[] {
    return [...this.#live];
  }

  /** The first handle on a cache that has just been read. */
  keep(cache: Cache, facts: ContextFacts): KeptContext {
    return this.#open({ cache, handles: 0 }, facts);
  }

  /** The context as this pool made it. Throws INTERNAL when it was released or belongs to another model. */
  own(context: Context): KeptContext {
    if (context instanceof KeptContext && this.#live.has(context)) return context;
    throw released();
  }

  #open(shared: Shared, facts: ContextFacts): KeptContext {
    shared.handles += 1;
    const context: KeptContext = new KeptContext(shared.cache, facts, {
      branch: () => {
        if (!this.#live.has(context)) throw released();
        return this.#open(shared, facts);
      },
      release: () => {
        if (!this.#live.delete(context)) return;
        shared.handles -= 1;
        if (shared.handles === 0) this.#free(shared.cache);
      },
    });
    this.#live.add(context);
    return context;
  }
}

export class KeptContext implements Context {
  readonly branch: () => Context;
  readonly release: () => void;

  constructor(
    readonly cache: Cache,
    readonly facts: ContextFacts,
    handle: Pick<Context, 'branch' | 'release'>,
  ) {
    this.branch = handle.branch;
    this.release = handle.release;
  }

  get length(): number {
    return this.cache.length;
  }

  get image(): ImageSpan | null {
    return this.facts.image;
  }

  get segments(): readonly PromptSegment[] {
    return this.facts.segments;
  }

  get closing(): Closing {
    return this.facts.closing;
  }

  get appended(): readonly Row[] {
    return this.facts.appended;
  }
}

function released(): EngineFault {
  return fault('INTERNAL', 'This context was released or belongs to another model.', 'Read the prompt again.', { retry: true });
}
