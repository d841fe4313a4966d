// The golden pictures of the Python recipe: the same resized pixels, the same patches.
import { expect, test } from 'vitest';
import { prepareImage } from '../../../../../models/families/qwen-vl/prepare-image';
import type { PictureConfig } from '../../../../../models/families/qwen-vl/picture-config';
import { floats, golden, picture, type Encoded } from '../../../../parity/fixtures';

interface GoldenPicture {
  readonly name: string;
  readonly minPixels: number;
  readonly maxPixels: number;
  readonly source: Encoded;
  /** Null when the picture keeps its size. */
  readonly resized: Encoded | null;
  readonly grid: readonly number[];
  readonly pixelRows: { readonly rows: readonly number[]; readonly values: Encoded };
  readonly pixelSums: Encoded;
}

const vision: PictureConfig = {
  patchSize: 14,
  mergeSize: 2,
  temporalPatchSize: 2,
  minPixels: 1,
  maxPixels: 1e9,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

const { pictures } = await golden<{ readonly pictures: readonly GoldenPicture[] }>('images');

test.each(pictures)('$name', async ({ source, resized, grid, pixelRows, pixelSums, ...bounds }) => {
  const image = prepareImage(await picture(source), vision, bounds);
  expect([image.grid.t, image.grid.h, image.grid.w]).toEqual(grid);
  const { picture: seen, pixelValues } = image;
  const expected = await picture(resized ?? source);
  expect(Buffer.compare(Buffer.from(seen.data), Buffer.from(expected.data))).toBe(0);

  const width = pixelValues.length / (image.grid.h * image.grid.w);
  const row = (index: number) => pixelValues.subarray(index * width, (index + 1) * width);
  const values = floats(pixelRows.values);
  for (const [i, index] of pixelRows.rows.entries()) {
    const worst = row(index).reduce((most, value, at) => Math.max(most, Math.abs(value - values[i * width + at])), 0);
    expect(worst).toBeLessThan(1e-6);
  }
  for (const [index, sum] of floats(pixelSums).entries()) {
    expect(Math.abs(row(index).reduce((total, value) => total + value, 0) - sum)).toBeLessThan(1e-3);
  }
});
