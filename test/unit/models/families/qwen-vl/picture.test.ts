// Pictures: the same pixels as Pillow, the same size and patches as Qwen's processor, noise where it belongs.
import { describe, expect, test } from 'vitest';
import { EngineFault } from '../../../../../src/errors';
import { flattenOnWhite } from '../../../../../src/image/flatten';
import { toPatches } from '../../../../../models/families/qwen-vl/patchify';
import { prepareImage } from '../../../../../models/families/qwen-vl/prepare-image';
import { resizeBicubic, type RgbPicture } from '../../../../../src/image/resize';
import { roundHalfEven, smartResize } from '../../../../../models/families/qwen-vl/smart-resize';
import type { PictureConfig } from '../../../../../models/families/qwen-vl/picture-config';

const vision: PictureConfig = {
  patchSize: 14,
  mergeSize: 2,
  temporalPatchSize: 2,
  minPixels: 3136,
  maxPixels: 1_003_520,
  mean: [0.5, 0.5, 0.5],
  std: [0.25, 0.25, 0.25],
};

/** Pixels from a linear congruential generator; of odd numbers only black and white, which makes the filter overshoot. */
function lcgPicture(number: number, width: number, height: number): RgbPicture {
  let state = number;
  const data = Uint8Array.from({ length: 3 * width * height }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = state >>> 24;
    return number % 2 === 0 ? value : value > 127 ? 255 : 0;
  });
  return { width, height, data };
}

function fnv1a(bytes: ArrayLike<number>): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash >>> 0;
}

// number, source width and height, target width and height, FNV-1a of Pillow 13.0.0's Image.resize((w, h), BICUBIC).
const PILLOW = [
  [0, 1, 1, 56, 56, 1019034949],
  [1, 60, 45, 28, 28, 2294554570],
  [2, 45, 60, 56, 84, 4122210935],
  [3, 100, 28, 56, 28, 2499934913],
  [4, 28, 100, 28, 56, 3743308741],
  [5, 17, 13, 84, 56, 3228413245],
  [6, 69, 292, 56, 140, 1363969330],
  [7, 144, 128, 140, 56, 2959720274],
  [8, 262, 108, 196, 28, 377150449],
  [9, 160, 198, 168, 196, 3232414534],
  [10, 3, 200, 28, 140, 2127084978],
] as const;

test.each(PILLOW)("bicubic resize of picture %i, %i x %i to %i x %i, is Pillow's", (number, w, h, width, height, hash) => {
  expect(fnv1a(resizeBicubic(lcgPicture(number, w, h), width, height).data)).toBe(hash);
});

describe('smart resize', () => {
  const bounds = { factor: 28, minPixels: 3136, maxPixels: 200704 };

  // Worked out with the Python function of Qwen2-VL's image processor.
  test.each([
    [168, 168, 168, 168],
    [42, 70, 56, 56],
    [1, 1, 56, 56],
    [10, 1900, 28, 784],
    [4000, 3000, 504, 364],
    [640, 480, 504, 364],
    [2000, 10, 812, 28],
  ])('%i x %i becomes %i x %i', (w, h, width, height) => {
    expect(smartResize(w, h, bounds)).toEqual({ width, height });
  });

  test('halves round to even', () => {
    expect([0.5, 1.5, 2.5, 3.5, 2.4999, 2.5001].map(roundHalfEven)).toEqual([0, 2, 2, 4, 2, 3]);
  });

  test.each([
    [0, 10, 'empty'],
    [Number.NaN, 10, 'empty'],
    [201, 1, '201 x 1'],
  ])('%d x %d is refused', (w, h, words) => {
    expect(() => smartResize(w, h, bounds)).toThrow(words);
    expect(() => smartResize(w, h, bounds)).toThrow(EngineFault);
  });
});

describe('patches', () => {
  // 56 x 28 pixels, two merge blocks; red holds the column, green the row, blue is 255.
  const picture: RgbPicture = {
    width: 56,
    height: 28,
    data: Uint8Array.from({ length: 56 * 28 * 3 }, (_, i) => [Math.floor(i / 3) % 56, Math.floor(i / 3 / 56), 255][i % 3]),
  };
  const red = (value: number) => Math.fround((value / 255 - vision.mean[0]) / vision.std[0]);

  test('come block by block, each channel with its frame twice', () => {
    const pixelValues = toPatches(picture, vision);
    expect(pixelValues).toHaveLength(2 * 4 * 1176);
    const patch = (index: number) => pixelValues.subarray(index * 1176, (index + 1) * 1176);
    // First pixel of each patch: its column (red) and its row (green), block by block.
    const corners = Array.from({ length: 8 }, (_, i) => [patch(i)[0], patch(i)[2 * 196]]);
    const expected = [
      [0, 0],
      [14, 0],
      [0, 14],
      [14, 14],
      [28, 0],
      [42, 0],
      [28, 14],
      [42, 14],
    ];
    expect(corners).toEqual(expected.map((pair) => pair.map(red)));
    expect(patch(3).subarray(0, 196)).toEqual(patch(3).subarray(196, 392));
    expect(patch(3)[1]).toBe(red(15));
    expect(patch(3)[14]).toBe(red(14));
    expect(patch(3)[2 * 196 + 14]).toBe(red(15));
    expect(patch(5)[5 * 196]).toBe(red(255));
  });

  test('noise is added on the 0..1 scale, unclipped, to its own channel and pixel', () => {
    const noise = new Float32Array(3 * 56 * 28);
    noise[56 * 28 + 56 + 2] = 10; // green, row 1, column 2
    const plain = toPatches(picture, vision);
    const noised = toPatches(picture, vision, { noise, strength: 0.5 });
    const changed = [...noised.keys()].filter((i) => noised[i] !== plain[i]);
    expect(changed).toEqual([2 * 196 + 16, 3 * 196 + 16]);
    expect(noised[changed[0]] - plain[changed[0]]).toBeCloseTo((0.5 * 10) / vision.std[1], 4);
  });

  test('refuse a picture or noise of the wrong size', () => {
    expect(() => toPatches({ ...picture, width: 28, height: 55 }, vision)).toThrow('28 x 55');
    expect(() => toPatches(picture, vision, { noise: new Float32Array(5), strength: 1 })).toThrow('5 numbers');
  });
});

describe('prepareImage', () => {
  test('keeps within the bounds of settings and model', () => {
    const source = lcgPicture(2, 300, 200);
    const small = prepareImage(source, vision, { minPixels: 3136, maxPixels: 16 * 784 });
    expect(small.width * small.height).toBeLessThanOrEqual(16 * 784);
    const model = prepareImage(source, { ...vision, maxPixels: 4 * 784 }, { minPixels: 3136, maxPixels: 200704 });
    expect(model.width * model.height).toBeLessThanOrEqual(4 * 784);
    expect(model).toMatchObject({ sourceWidth: 300, sourceHeight: 200 });
    expect(small.tiles).toEqual([
      { x: 0, y: 0, width: small.width, height: small.height, rows: small.height / 28, columns: small.width / 28 },
    ]);
  });

  test('noise of no strength changes nothing', () => {
    const image = prepareImage(lcgPicture(4, 56, 56), vision, { minPixels: 3136, maxPixels: 200704 });
    const noise = new Float32Array(3 * 56 * 56).fill(3);
    expect(image.noised(noise, 0).pixelValues).toEqual(image.pixelValues);
    expect(image.noised(noise, 1).pixelValues).not.toEqual(image.pixelValues);
  });

  test('too few pixels is a damaged picture', () => {
    const broken = { width: 10, height: 10, data: new Uint8Array(7) };
    expect(() => prepareImage(broken, vision, { minPixels: 3136, maxPixels: 200704 })).toThrow('damaged');
  });
});

test('transparency lies on white', () => {
  const { data } = flattenOnWhite(Uint8Array.of(10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 51), 3, 1);
  expect([...data]).toEqual([10, 20, 30, 255, 255, 255, 204, 224, 244]);
});
