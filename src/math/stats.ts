// Small numerics over 32-bit float arrays; sums run in double precision.

/** ln(sum exp(x)), without overflow. -Infinity for no values. */
export function logSumExp(values: ArrayLike<number>): number {
  let largest = -Infinity;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]);
  if (largest === -Infinity) return largest;
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += Math.exp(values[i] - largest);
  return largest + Math.log(sum);
}

/** Indices of the `count` largest values, largest first; of equal values the lower index comes first. */
export function topIndices(values: ArrayLike<number>, count: number, skip?: ReadonlySet<number>): number[] {
  const indices: number[] = [];
  for (let i = 0; i < values.length; i++) if (!skip?.has(i)) indices.push(i);
  return indices.sort((a, b) => values[b] - values[a] || a - b).slice(0, count);
}

/** Euclidean length of a vector. */
export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] * values[i];
  return Math.sqrt(sum);
}

/** Euclidean distance of `a` and `b` over the entries `from` (included) to `to` (excluded); all by default. */
export function distance(a: ArrayLike<number>, b: ArrayLike<number>, from = 0, to = a.length): number {
  let sum = 0;
  for (let i = from; i < to; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}

/** Cosine of the angle between two vectors, -1..1; 1 where one of them has no length. */
export function cosineOf(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  const size = norm(a) * norm(b);
  return size === 0 ? 1 : Math.min(1, Math.max(-1, sum / size));
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}
