// How downloads behave, in numbers; tests make them small.

export interface Tuning {
  /** Stored bytes are made durable this often; so many are lost at most when a tab dies. */
  readonly chunkBytes: number;
  /** A connection that gives no byte for so long is given up and opened again. */
  readonly stallMs: number;
  /** Failures in a row, without a chunk of progress between them, before a download is given up. */
  readonly tries: number;
  /** Pause before the second try; it doubles with every further one. */
  readonly pauseMs: number;
  /** The longest pause a busy server may ask for. */
  readonly longestPauseMs: number;
  /** How often a waiting tab looks how far the other one has come. */
  readonly watchMs: number;
}

export const TUNING: Tuning = {
  chunkBytes: 8 * 2 ** 20,
  stallMs: 30_000,
  tries: 5,
  pauseMs: 500,
  longestPauseMs: 60_000,
  watchMs: 1_000,
};

/** Requests for files at once, over all models of this thread. */
export const PARALLEL = 3;
