// Domains of the chart's axes, their scales and ticks, and labels that keep apart; what a round number is, d3-array says.
import { nice, tickStep, ticks } from 'd3-array';
import { LARGEST_NUMBER } from '../../src/events/bounds';

/** Intervals an axis has room for, about: ticks stand at 1, 2 or 5 times a power of ten. Its ends are rounded twice as finely. */
const INTERVALS = 5;

/** Lowest and highest value, end included. */
export type Domain = readonly [number, number];

/**
 * A rounded domain around what was measured so far, with an eighth of headroom above and below, but never beyond `range`, which holds every
 * value there can be. Never narrower than a twenty-fifth of the values' size, so that the first points do not zoom into rounding, unless the
 * range is. Without values it is 0..1.
 */
export function valueDomain(values: Iterable<number>, range: Domain): Domain {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    // No event holds a larger number; without the bound the distance of two could overflow.
    const bounded = Math.min(Math.max(value, -LARGEST_NUMBER), LARGEST_NUMBER);
    if (bounded < low) low = bounded;
    if (bounded > high) high = bounded;
  }
  if (!(low <= high)) return [0, 1];
  // A recording may hold what its method cannot give: it is drawn all the same.
  const [least, most] = [Math.min(range[0], low), Math.max(range[1], high)];
  const narrowest = Math.max(0.02, 0.04 * Math.max(Math.abs(low), Math.abs(high)));
  const missing = Math.max(0, narrowest - (high - low));
  const headroom = Math.max(high - low, narrowest) / 8;
  const [from, to] = nice(Math.max(least, low - missing / 2 - headroom), Math.min(most, high + missing / 2 + headroom), 2 * INTERVALS);
  return [Math.max(least, from), Math.min(most, to)];
}

/** From a number within `domain`, whose ends differ, to its place within `range`; beyond them in proportion. */
export function linearScale([low, high]: Domain, [start, end]: Domain): (value: number) => number {
  return (value) => start + ((value - low) / (high - low)) * (end - start);
}

/** Round numbers at even distances within a domain, about `INTERVALS` intervals, and the decimals that tell them apart. */
export function axisTicks([low, high]: Domain): { readonly values: readonly number[]; readonly decimals: number } {
  return { values: ticks(low, high, INTERVALS), decimals: Math.max(0, -Math.floor(Math.log10(tickStep(low, high, INTERVALS)))) };
}

/** Whole numbers at even distances within a domain, about `intervals` intervals. */
export function wholeTicks(domain: Domain, intervals: number): number[] {
  return ticks(domain[0], domain[1], intervals).filter(Number.isInteger);
}

/** Moves labels apart so that neighbours are at least `gap` away from each other, within low..high, keeping their order. */
export function spreadLabels(wanted: readonly number[], gap: number, low: number, high: number): number[] {
  const order = wanted.map((y, i) => ({ y, i })).sort((a, b) => a.y - b.y || a.i - b.i);
  let floor = low;
  for (const label of order) {
    label.y = Math.max(label.y, floor);
    floor = label.y + gap;
  }
  let ceiling = high;
  for (const label of order.toReversed()) {
    label.y = Math.min(label.y, ceiling);
    ceiling = label.y - gap;
  }
  const placed = Array.from(wanted, () => 0);
  for (const { y, i } of order) placed[i] = y;
  return placed;
}
