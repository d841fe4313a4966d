// The least a pass can take on a device: every weight read once, every product computed, at the rates measured on the spot.
import type { GraphWork } from './graph-work';
import type { Peaks } from './micro-kernels';

export interface DecoderSizes {
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Bytes of a number in the cache. */
  readonly cacheBytes: number;
}

/** Bytes to be moved and floating-point operations to be done. */
export interface Work {
  readonly bytes: number;
  readonly flop: number;
}

/** Bytes of keys and values of `rows` rows: 2 * layers * key/value heads * head size numbers each. */
export function cacheBytes(sizes: DecoderSizes, rows: number): number {
  return 2 * sizes.layers * sizes.keyValueHeads * sizes.headSize * sizes.cacheBytes * rows;
}

/**
 * One decoder pass of `rows` rows after `past`, with logits of `logitRows`:
 * bytes = layers' weights + head's (when asked for logits) + cache read up to the last row;
 * FLOP = 2 (rows * layers' products + logit rows * head's) + 4 * layers * heads * head size * pairs of rows that see each other.
 */
export function passWork(graph: GraphWork, sizes: DecoderSizes, past: number, rows: number, logitRows: number): Work {
  const pairs = rows * past + (rows * (rows + 1)) / 2;
  return {
    bytes: graph.body.bytes + (logitRows > 0 ? graph.head.bytes : 0) + cacheBytes(sizes, past + rows),
    flop: 2 * (rows * graph.body.products + logitRows * graph.head.products) + 4 * sizes.layers * sizes.heads * sizes.headSize * pairs,
  };
}

/** The vision encoder over `patches` patches, its attention left out: windows differ between models, and it is a small share. */
export function visionWork(graph: GraphWork, patches: number, merged: number): Work {
  return {
    bytes: graph.body.bytes + graph.merger.bytes,
    flop: 2 * (patches * graph.body.products + merged * graph.merger.products),
  };
}

/** Milliseconds: max(bytes / bandwidth, FLOP / peak), for passes that run one after another summed one by one. */
export function floorMs(peaks: Peaks, ...passes: readonly Work[]): number {
  return passes.reduce((sum, { bytes, flop }) => sum + 1000 * Math.max(bytes / peaks.bytesPerSecond, flop / peaks.flopPerSecond), 0);
}
