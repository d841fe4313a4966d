// Values counted in bins of equal width between the least and the largest of them.

export interface Bin {
  /** Values from here (included) … */
  readonly from: number;
  /** … to here (excluded, but for the last bin). */
  readonly to: number;
  readonly count: number;
}

/** Values nearer to each other than this are one value. */
const SAME = 1e-9;

/** Least and largest value; 0 and 0 for none. */
export function extentOf(values: Iterable<number>): readonly [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low <= high ? [low, high] : [0, 0];
}

/** `count` bins over all values; values that are all the same stand in the middle of a range of 1. */
export function histogram(values: readonly number[], count: number): Bin[] {
  const [least, largest] = extentOf(values);
  const [low, high] = largest - least < SAME ? [least - 0.5, least + 0.5] : [least, largest];
  const width = (high - low) / count;
  const counts = new Array<number>(count).fill(0);
  for (const value of values) counts[Math.min(count - 1, Math.floor((value - low) / width))] += 1;
  return counts.map((one, i) => ({ from: low + i * width, to: i === count - 1 ? high : low + (i + 1) * width, count: one }));
}
