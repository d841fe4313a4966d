// The images of the toy model: pictures cut to whole image tokens, and a few of their pixels as features.
import type { RgbPicture } from '../../src/image/resize';
import type { ModelImage } from '../../src/model/latent-model';

export const HIDDEN = 8;
/** Pixels along a side of an image token. */
const CELL = 28;

export interface ToyImage extends ModelImage {
  /** [3, height, width] 0..1 */
  readonly values: Float32Array;
}

/** The picture cut to whole image tokens, without any resampling. */
export function toyImage(source: RgbPicture, noise?: { readonly values: Float32Array; readonly strength: number }): ToyImage {
  const [rows, columns] = [Math.max(1, Math.floor(source.height / CELL)), Math.max(1, Math.floor(source.width / CELL))];
  const [width, height] = [columns * CELL, rows * CELL];
  const data = new Uint8ClampedArray(3 * width * height);
  for (let y = 0; y < Math.min(height, source.height); y++) {
    data.set(source.data.subarray(3 * y * source.width, 3 * (y * source.width + Math.min(width, source.width))), 3 * y * width);
  }
  const values = Float32Array.from({ length: 3 * width * height }, (_, i) => {
    const [channel, pixel] = [Math.floor(i / (width * height)), i % (width * height)];
    return data[3 * pixel + channel] / 255 + (noise === undefined ? 0 : noise.strength * noise.values[i]);
  });
  return {
    width,
    height,
    sourceWidth: source.width,
    sourceHeight: source.height,
    picture: { width, height, data },
    tiles: [{ x: 0, y: 0, width, height, rows, columns }],
    values,
    noised: (numbers, strength) => toyImage(source, { values: numbers, strength }),
    repainted: (picture) => toyImage(picture),
  };
}

/** [image tokens, hidden size] a few pixels of every image token. */
export function featuresOf({ values, width, height, tiles: [{ columns }] }: ToyImage): Float32Array {
  const n = (width / CELL) * (height / CELL);
  return Float32Array.from({ length: n * HIDDEN }, (_, i) => {
    const [token, part] = [Math.floor(i / HIDDEN), i % HIDDEN];
    const x = (token % columns) * CELL + 3 * part;
    const y = Math.floor(token / columns) * CELL + 2 * part;
    return Math.tanh(4 * values[(part % 3) * width * height + y * width + x] - 2);
  });
}
