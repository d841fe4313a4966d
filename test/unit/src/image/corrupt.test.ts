// Pictures blurred, masked and blended, by their numbers.
import { describe, expect, test } from 'vitest';
import { blurred } from '../../../../src/image/blur';
import { blended, masked } from '../../../../src/image/corrupt';
import { createRandom } from '../../../../src/math/random';

/** A picture of one colour with a point of another. */
function dot(width: number, height: number, x: number, y: number) {
  const data = new Uint8ClampedArray(3 * width * height);
  data.set([255, 120, 60], 3 * (y * width + x));
  return { width, height, data };
}
const tiled = { width: 8, height: 6, tiles: [{ x: 0, y: 0, width: 8, height: 6, rows: 3, columns: 4 }] };

describe('blur', () => {
  test('spreads a point as a Gaussian does, alike on both axes, and keeps what it weighs', () => {
    const { data } = blurred(dot(21, 21, 10, 10), 2);
    const red = (x: number, y: number): number => data[3 * (y * 21 + x)];
    const expected = (x: number, y: number): number => (255 * Math.exp(-(x * x + y * y) / 8)) / (2 * Math.PI * 4);
    for (const [x, y] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [2, 2],
      [3, 0],
    ] as const) {
      expect(Math.abs(red(10 + x, 10 + y) - expected(x, y))).toBeLessThanOrEqual(0.6);
    }
    expect(red(12, 10)).toBe(red(10, 12));
    expect(red(8, 10)).toBe(red(12, 10));
  });

  test('leaves a picture of one colour as it is, also at its edge, and does nothing at 0', () => {
    const plain = { width: 9, height: 5, data: new Uint8ClampedArray(135).fill(77) };
    expect(blurred(plain, 3).data).toEqual(plain.data);
    const point = dot(5, 5, 0, 4);
    expect(blurred(point, 0)).toBe(point);
  });

  test('carries no channel into another', () => {
    const { data } = blurred(dot(9, 9, 4, 4), 1);
    const at = 3 * (4 * 9 + 5);
    expect(data[at] / data[at + 1]).toBeCloseTo(255 / 120, 0);
    expect(data[at + 2]).toBeGreaterThan(0);
  });
});

describe('mask', () => {
  test.each([
    [0, 0],
    [0.5, 6],
    [1, 12],
  ])('of share %s paints %i of 12 image tokens whole and leaves the others', (share, count) => {
    const picture = { width: 8, height: 6, data: new Uint8ClampedArray(144).fill(9) };
    const { data } = masked(picture, tiled, share, createRandom(1));
    const cells = Array.from({ length: 12 }, (_, token) => {
      const [x, y] = [2 * (token % 4), 2 * Math.floor(token / 4)];
      return [0, 1].flatMap((dy) => [...data.subarray(3 * ((y + dy) * 8 + x), 3 * ((y + dy) * 8 + x + 2))]);
    });
    expect(cells.every((cell) => cell.every((value) => value === cell[0]))).toBe(true);
    expect(cells.filter(([value]) => value === 128)).toHaveLength(count);
    expect(cells.filter(([value]) => value === 9)).toHaveLength(12 - count);
    expect(picture.data.every((value) => value === 9)).toBe(true);
  });

  test('draws other tokens from other numbers', () => {
    const picture = { width: 8, height: 6, data: new Uint8ClampedArray(144) };
    expect(masked(picture, tiled, 0.5, createRandom(1)).data).not.toEqual(masked(picture, tiled, 0.5, createRandom(2)).data);
  });
});

test('a blend goes from one picture to the other', () => {
  const picture = { width: 1, height: 1, data: Uint8ClampedArray.of(0, 100, 200) };
  expect([...blended(picture, () => 128, 0).data]).toEqual([0, 100, 200]);
  expect([...blended(picture, () => 128, 0.5).data]).toEqual([64, 114, 164]);
  expect([...blended(picture, () => 128, 1).data]).toEqual([128, 128, 128]);
});
