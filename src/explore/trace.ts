// The vectors of a thought, kept in memory beside a run's events: which block stood after each step, and which was decoded.
import type { ThoughtBlock } from '../methods/method';

/** Numbers kept of one run at most: 64 MiB. */
const MOST_NUMBERS = 16 * 1024 * 1024;

export interface ThoughtTrace {
  /** By step; shorter than the run where its vectors are more than `MOST_NUMBERS`. */
  readonly blocks: readonly ThoughtBlock[];
  /** What the answer was decoded after; null until then, and for a method without think tokens. */
  readonly decoded: ThoughtBlock | null;
}

/** Collects the trace of one run. */
export class TraceKeeper implements ThoughtTrace {
  readonly blocks: ThoughtBlock[] = [];
  decoded: ThoughtBlock | null = null;
  #numbers = 0;

  /** @param most numbers kept at most */
  constructor(readonly most = MOST_NUMBERS) {}

  /** Keeps the block of the next step; without effect once a step was too much. */
  readonly keep = (step: number, block: ThoughtBlock): void => {
    this.#numbers += block.latents.length;
    if (step === this.blocks.length && this.#numbers <= this.most) this.blocks.push(block);
  };

  /** Keeps what was decoded. */
  readonly decode = (block: ThoughtBlock | null): void => {
    this.decoded = block;
  };
}
