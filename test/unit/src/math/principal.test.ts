// Principal components: known answers, right angles, shares, and clouds without an extent.
import { describe, expect, test } from 'vitest';
import { principalComponents, project } from '../../../../src/math/principal';
import { createRandom } from '../../../../src/math/random';

/** 400 points with deviation 5 along (3, 4) / 5, 2 along (4, -3) / 5 and 0.5 along the third axis, around (10, 20, 30). */
function cloud(): Float32Array {
  const random = createRandom(4);
  return Float32Array.from(
    Array.from({ length: 400 }, () => {
      const [a, b, c] = [5 * random.normal(), 2 * random.normal(), 0.5 * random.normal()];
      return [10 + 0.6 * a + 0.8 * b, 20 + 0.8 * a - 0.6 * b, 30 + c];
    }).flat(),
  );
}

describe('principal components', () => {
  test('are the axes of a cloud, by their variance', () => {
    const found = principalComponents([cloud()], 3);
    const [first, second] = found.directions;
    expect(Math.abs(0.6 * first[0] + 0.8 * first[1])).toBeGreaterThan(0.995);
    expect(Math.abs(0.8 * second[0] - 0.6 * second[1])).toBeGreaterThan(0.995);
    expect(first.reduce((sum, value, i) => sum + value * second[i], 0)).toBeCloseTo(0, 9);
    expect(found.shares[0]).toBeCloseTo(25 / 29.25, 1);
    expect(found.shares[1]).toBeCloseTo(4 / 29.25, 1);
    expect([...found.mean].map(Math.round)).toEqual([10, 20, 30]);
  });

  test('keep distances within their plane, and count groups as one cloud', () => {
    const points = cloud();
    const groups = [points.subarray(0, 300), points.subarray(300)];
    expect(principalComponents(groups, 3)).toEqual(principalComponents([points], 3));
    const flat = Float32Array.of(0, 0, 0, 3, 0, 0, 0, 0, 4);
    const [a, b, c] = project(flat, principalComponents([flat], 3));
    expect(Math.hypot(a[0] - b[0], a[1] - b[1])).toBeCloseTo(3, 5);
    expect(Math.hypot(b[0] - c[0], b[1] - c[1])).toBeCloseTo(5, 5);
  });

  test('of points that do not differ, or differ along one line, have shares of 0', () => {
    const same = Float32Array.of(1, 2, 1, 2, 1, 2);
    expect(principalComponents([same], 2).shares).toEqual([0, 0]);
    expect(project(same, principalComponents([same], 2))).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ]);
    const line = principalComponents([Float32Array.of(0, 0, 1, 1, 2, 2)], 2);
    expect(line.shares[0]).toBeCloseTo(1, 9);
    expect(line.shares[1]).toBeCloseTo(0, 9);
  });
});
