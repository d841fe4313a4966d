// Bicubic resampling with antialias, equal to the 8-bit result of Pillow 13 bit for bit.

import { fault } from '../errors';

/** A picture of 8 bits a channel: `data` is [height, width, 3], red, green, blue. */
export interface RgbPicture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array | Uint8ClampedArray;
}

/** Throws INTERNAL when two pictures differ in size. */
export function checkSameSize(a: RgbPicture, b: RgbPicture): void {
  if (a.width === b.width && a.height === b.height && a.data.length === b.data.length) return;
  throw fault(
    'INTERNAL',
    `A picture of ${b.width} x ${b.height} pixels was put in the place of one of ${a.width} x ${a.height}.`,
    'Run again; if it happens again, report it.',
  );
}

/** Pillow computes with 8-bit pixels and whole-number weights of this many fractional bits (32 - 8 - 2). */
const PRECISION_BITS = 22;
const HALF = 2 ** (PRECISION_BITS - 1);
const BICUBIC_SUPPORT = 2;

/** Weights of the input pixels for each output pixel of one axis. */
interface Weights {
  /** [output] first input pixel */
  readonly first: Int32Array;
  /** [output] number of input pixels */
  readonly count: Int32Array;
  /** [output, width] fixed-point weights */
  readonly values: Int32Array;
  readonly width: number;
}

/**
 * Resizes a picture in two passes, one per axis, rounding to 8 bits in between; an axis that keeps its size is copied.
 * Rows go first, unless the height shrinks by more than twice what the width does: since version 13 Pillow then begins with
 * the columns, and the rounding in between makes the order visible. `width` and `height` are at least 1.
 */
export function resizeBicubic(source: RgbPicture, width: number, height: number): RgbPicture {
  const columnsFirst = source.height - height > 2 * Math.max(0, source.width - width);
  return columnsFirst ? toWidth(toHeight(source, height), width) : toHeight(toWidth(source, width), height);
}

/** Keys' cubic with a = -0.5. */
function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
  return 0;
}

function bicubicWeights(from: number, to: number): Weights {
  const scale = from / to;
  // When shrinking, the filter widens so that every input pixel counts: this is the antialias.
  const filterScale = Math.max(scale, 1);
  const support = BICUBIC_SUPPORT * filterScale;
  const inverse = 1 / filterScale;
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(to);
  const count = new Int32Array(to);
  const values = new Int32Array(to * width);
  for (let out = 0; out < to; out++) {
    const center = (out + 0.5) * scale;
    const begin = Math.max(0, Math.trunc(center - support + 0.5));
    const length = Math.min(from, Math.trunc(center + support + 0.5)) - begin;
    const row = Array.from({ length }, (_, x) => cubic((x + begin - center + 0.5) * inverse));
    const total = row.reduce((sum, weight) => sum + weight, 0);
    for (const [x, weight] of row.entries()) {
      const normalised = total === 0 ? weight : weight / total;
      values[out * width + x] = Math.trunc(normalised * 2 ** PRECISION_BITS + (normalised < 0 ? -0.5 : 0.5));
    }
    first[out] = begin;
    count[out] = length;
  }
  return { first, count, values, width };
}

function toWidth(source: RgbPicture, width: number): RgbPicture {
  if (width === source.width) return source;
  const { height } = source;
  const weights = bicubicWeights(source.width, width);
  const data = new Uint8ClampedArray(3 * width * height);
  for (let y = 0; y < height; y++) {
    for (let out = 0; out < width; out++) {
      const from = 3 * (y * source.width + weights.first[out]);
      weigh(source.data, from, 3, weights.values, out * weights.width, weights.count[out], data, 3 * (y * width + out));
    }
  }
  return { width, height, data };
}

function toHeight(source: RgbPicture, height: number): RgbPicture {
  if (height === source.height) return source;
  const { width } = source;
  const weights = bicubicWeights(source.height, height);
  const data = new Uint8ClampedArray(3 * width * height);
  for (let out = 0; out < height; out++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (weights.first[out] * width + x);
      weigh(source.data, from, 3 * width, weights.values, out * weights.width, weights.count[out], data, 3 * (out * width + x));
    }
  }
  return { width, height, data };
}

/** Writes one output pixel from `count` input pixels, `stride` apart; the clamped array does the final clip to 0..255. */
function weigh(
  source: RgbPicture['data'],
  from: number,
  stride: number,
  weights: Int32Array,
  firstWeight: number,
  count: number,
  target: Uint8ClampedArray,
  to: number,
): void {
  let red = HALF;
  let green = HALF;
  let blue = HALF;
  for (let i = 0, at = from; i < count; i++, at += stride) {
    const weight = weights[firstWeight + i];
    // Sums stay below 2^31 (Pillow's own headroom), so they may be kept as 32-bit integers.
    red = (red + source[at] * weight) | 0;
    green = (green + source[at + 1] * weight) | 0;
    blue = (blue + source[at + 2] * weight) | 0;
  }
  target[to] = red >> PRECISION_BITS;
  target[to + 1] = green >> PRECISION_BITS;
  target[to + 2] = blue >> PRECISION_BITS;
}
