// Gaussian blur of a picture, one axis after the other, with the picture's edge repeated outside it.
import type { RgbPicture } from './resize';

/** Weights beyond this many deviations are left out: they hold less than 0.3 % of the whole. */
const REACH = 3;

/** `picture` blurred by a Gaussian of deviation `sigma` pixels, 0 or more; 0 changes nothing. */
export function blurred(picture: RgbPicture, sigma: number): RgbPicture {
  const { width, height } = picture;
  if (sigma === 0) return picture;
  const weights = gaussian(sigma);
  const across = weighed(Float32Array.from(picture.data), weights, { count: width, step: 3 }, { count: height, step: 3 * width });
  const both = weighed(across, weights, { count: height, step: 3 * width }, { count: width, step: 3 });
  return { width, height, data: Uint8ClampedArray.from(both) };
}

interface Axis {
  readonly count: number;
  /** Entries from one pixel to the next. */
  readonly step: number;
}

/** Weights of the pixels at distances 0, 1, 2 …, whose two sides sum to 1. */
function gaussian(sigma: number): Float64Array {
  const weights = Float64Array.from({ length: Math.ceil(REACH * sigma) + 1 }, (_, x) => Math.exp(-(x * x) / (2 * sigma * sigma)));
  const sum = weights.reduce((all, weight, x) => all + (x === 0 ? weight : 2 * weight), 0);
  return weights.map((weight) => weight / sum);
}

/** [height, width, 3] averages along one axis. */
function weighed(data: Float32Array, weights: Float64Array, along: Axis, lines: Axis): Float32Array {
  const result = new Float32Array(data.length);
  const last = along.count - 1;
  for (let line = 0; line < lines.count; line++) {
    for (let channel = 0; channel < 3; channel++) {
      const start = line * lines.step + channel;
      for (let place = 0; place <= last; place++) {
        let sum = weights[0] * data[start + place * along.step];
        for (let x = 1; x < weights.length; x++) {
          const [before, after] = [Math.max(0, place - x), Math.min(last, place + x)];
          sum += weights[x] * (data[start + before * along.step] + data[start + after * along.step]);
        }
        result[start + place * along.step] = sum;
      }
    }
  }
  return result;
}
