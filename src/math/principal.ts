// The two principal components of many vectors, by power iteration on their covariance, which is never written out.
import { createRandom, normalArray } from './random';
import { norm } from './stats';

export interface PrincipalComponents {
  /** [width] of all vectors. */
  readonly mean: Float64Array;
  /** Two orthonormal directions, each with its entry of the largest size above 0. */
  readonly directions: readonly [Float64Array, Float64Array];
  /** The share of the variance along each, 0..1; 0 where the vectors do not differ. */
  readonly shares: readonly [number, number];
}

/** Iterations at most, and the change of a direction that ends them. */
const MOST_ITERATIONS = 300;
const SETTLED = 1e-9;

/**
 * @param groups [rows, width] each; at least one row in all
 * @param width length of a vector
 */
export function principalComponents(groups: readonly Float32Array[], width: number): PrincipalComponents {
  const rows = groups.flatMap((group) =>
    Array.from({ length: group.length / width }, (_, row) => group.subarray(row * width, (row + 1) * width)),
  );
  const mean = new Float64Array(width);
  for (const row of rows) for (let i = 0; i < width; i++) mean[i] += row[i] / rows.length;
  const centred = rows.map((row) => Float64Array.from(row, (value, i) => value - mean[i]));
  const whole = centred.reduce((sum, row) => sum + dot(row, row), 0);
  const first = largestDirection(centred, width, []);
  const second = largestDirection(centred, width, [first.direction]);
  const share = (variance: number): number => (whole === 0 ? 0 : variance / whole);
  return { mean, directions: [first.direction, second.direction], shares: [share(first.variance), share(second.variance)] };
}

/** The coordinates of `rows` ([rows, width]) on the two directions, from the mean. */
export function project(rows: Float32Array, { mean, directions: [first, second] }: PrincipalComponents): (readonly [number, number])[] {
  const width = mean.length;
  return Array.from({ length: rows.length / width }, (_, row) => {
    let [x, y] = [0, 0];
    for (let i = 0; i < width; i++) {
      const value = rows[row * width + i] - mean[i];
      x += value * first[i];
      y += value * second[i];
    }
    return [x, y] as const;
  });
}

/** The direction of largest variance among those at right angles to `others`, and the sum of squares along it. */
function largestDirection(rows: readonly Float64Array[], width: number, others: readonly Float64Array[]) {
  let direction = unit(without(Float64Array.from(normalArray(createRandom(1, others.length), width)), others));
  let variance = 0;
  for (let i = 0; i < MOST_ITERATIONS; i++) {
    const sum = new Float64Array(width);
    variance = 0;
    for (const row of rows) {
      const along = dot(row, direction);
      variance += along * along;
      for (let j = 0; j < width; j++) sum[j] += along * row[j];
    }
    const next = without(sum, others);
    if (norm(next) === 0) break;
    const before = direction;
    direction = unit(next);
    if (1 - Math.abs(dot(before, direction)) < SETTLED) break;
  }
  const largest = direction.reduce((at, value, i) => (Math.abs(value) > Math.abs(direction[at]) ? i : at), 0);
  return { direction: direction[largest] < 0 ? direction.map((value) => -value) : direction, variance };
}

function without(vector: Float64Array, others: readonly Float64Array[]): Float64Array {
  let left = vector;
  for (const other of others) {
    const along = dot(left, other);
    left = left.map((value, i) => value - along * other[i]);
  }
  return left;
}

function unit(vector: Float64Array): Float64Array {
  const length = norm(vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
