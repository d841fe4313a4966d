// How downloads behave, in numbers; tests make them small.

export interface Tuning {
  /** Stored bytes are made durable this often; so many are lost at most when a tab crashes. */
  readonly chunkBytes: number;
  /** Stall timeout: a connection that gives no byte for so long is closed and opened again. */
  readonly stallMs: number;
  /** Failures in a row, without a chunk of progress between them, before a download is given up. */
  readonly attempts: number;
  /** Delay before the second attempt; it doubles with every further one. */
  readonly firstDelayMs: number;
  /** The longest delay a busy server may ask for. */
  readonly maxDelayMs: number;
  /** How often a waiting tab asks how far the other one has come. */
  readonly pollMs: number;
}

export const TUNING: Tuning = {
  chunkBytes: 8 * 2 ** 20,
  stallMs: 30_000,
  attempts: 5,
  firstDelayMs: 500,
  maxDelayMs: 60_000,
  pollMs: 1_000,
};

/** Requests for files at once, over all models of this thread. */
export const PARALLEL = 3;
