// How far two arrays are apart.
import { expect } from 'vitest';

/** Largest difference of two arrays, relative to the largest magnitude in the first; infinite for a number that is not finite. */
export function relativeError(expected: ArrayLike<number>, actual: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let worst = 0;
  let scale = 0;
  for (let i = 0; i < expected.length; i += 1) {
    const error = Math.abs(expected[i] - actual[i]);
    worst = Number.isFinite(error) ? Math.max(worst, error) : Infinity;
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return scale === 0 ? worst : worst / scale;
}
