// Pearson's correlation of two lists of numbers.

/** -1..1 over the places where both have a number; null with fewer than 3, or where one of them does not vary. */
export function correlation(a: readonly (number | undefined)[], b: readonly (number | undefined)[]): number | null {
  const pairs = a.flatMap((value, i) => (value === undefined || b[i] === undefined ? [] : [[value, b[i]] as const]));
  if (pairs.length < 3) return null;
  const meanOf = (side: 0 | 1): number => pairs.reduce((sum, pair) => sum + pair[side], 0) / pairs.length;
  const [meanA, meanB] = [meanOf(0), meanOf(1)];
  let [both, squareA, squareB] = [0, 0, 0];
  for (const [x, y] of pairs) {
    both += (x - meanA) * (y - meanB);
    squareA += (x - meanA) ** 2;
    squareB += (y - meanB) ** 2;
  }
  const size = Math.sqrt(squareA * squareB);
  return size > 0 ? both / size : null;
}
