// Cuts a resized picture into the vision encoder's patches, normalised, in merge-block order.
import type { PictureConfig } from './picture-config';
import type { RgbPicture } from '../../../src/image/resize';

export interface PixelNoise {
  /** [3, height, width] standard normal numbers */
  readonly noise: Float32Array;
  /** Standard deviation on the scale where 1 is white. */
  readonly strength: number;
}

/**
 * [h*w, 3*temporal*patch*patch] pixel values: patches ordered merge block by merge block (rows of blocks, then blocks in a
 * row, then the patches of a block row by row), each patch as [channel, frame, y, x] with the one frame repeated.
 * A value is (rgb/255 + strength*noise - mean) / std.
 * @throws RangeError when the picture's sides are no multiples of patch size times merge size, or the noise has another size.
 */
export function toPatches(picture: RgbPicture, vision: PictureConfig, pixelNoise?: PixelNoise): Float32Array {
  const { width, height } = picture;
  const { patchSize, mergeSize, temporalPatchSize } = vision;
  const block = patchSize * mergeSize;
  if (width % block !== 0 || height % block !== 0) throw new RangeError(`${width} x ${height} is not a multiple of ${block}`);
  const planes = normalise(picture, vision, pixelNoise);
  const grid = { h: height / patchSize, w: width / patchSize };
  const area = patchSize * patchSize;
  const pixelValues = new Float32Array(grid.h * grid.w * 3 * temporalPatchSize * area);
  let at = 0;
  for (const { row, column } of mergeOrder(grid.h, grid.w, mergeSize)) {
    for (let channel = 0; channel < 3; channel++) {
      const frame = at;
      for (let y = 0; y < patchSize; y++) {
        const from = (channel * height + row * patchSize + y) * width + column * patchSize;
        pixelValues.set(planes.subarray(from, from + patchSize), at);
        at += patchSize;
      }
      for (let repeat = 1; repeat < temporalPatchSize; repeat++) {
        pixelValues.copyWithin(at, frame, frame + area);
        at += area;
      }
    }
  }
  return pixelValues;
}

/** [3, height, width] normalised values. */
function normalise(picture: RgbPicture, { mean, std }: PictureConfig, pixelNoise?: PixelNoise): Float32Array {
  const area = picture.width * picture.height;
  if (pixelNoise !== undefined && pixelNoise.noise.length !== 3 * area) {
    throw new RangeError(`the noise has ${pixelNoise.noise.length} numbers instead of ${3 * area}`);
  }
  const planes = new Float32Array(3 * area);
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < area; pixel++) {
      const at = channel * area + pixel;
      const noise = pixelNoise === undefined ? 0 : pixelNoise.strength * pixelNoise.noise[at];
      planes[at] = (picture.data[3 * pixel + channel] / 255 + noise - mean[channel]) / std[channel];
    }
  }
  return planes;
}

function* mergeOrder(rows: number, columns: number, merge: number): Generator<{ readonly row: number; readonly column: number }> {
  for (let blockRow = 0; blockRow < rows; blockRow += merge) {
    for (let blockColumn = 0; blockColumn < columns; blockColumn += merge) {
      for (let y = 0; y < merge; y++) {
        for (let x = 0; x < merge; x++) yield { row: blockRow + y, column: blockColumn + x };
      }
    }
  }
}
