// The middle of numbers with an interval that assumes no distribution, and a seeded bootstrap for what has no formula.
import { createRandom } from '../math/random';
import { quantile } from './statistics';

/** Numbers in short. */
export interface Spread {
  readonly items: number;
  readonly mean: number;
  readonly median: number;
  /** Interval of at least 95 % of the median, between two of the numbers; null for fewer than six, which have none. */
  readonly interval: Interval | null;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Mean and median of numbers; null for none. */
export function spread(values: readonly number[]): Spread | null {
  const median = quantile(values, 0.5);
  if (median === null) return null;
  const items = values.length;
  return { items, mean: values.reduce((sum, value) => sum + value, 0) / items, median, interval: medianInterval(values) };
}

/**
 * The interval between the k-th smallest and the k-th largest number that holds the median of what they were drawn from with a probability of
 * at least 95 %: k is the largest rank whose two tails of the binomial distribution have at most 5 % together. null for fewer than six numbers.
 */
export function medianInterval(values: readonly number[]): Interval | null {
  const n = values.length;
  let term = -n * Math.LN2;
  let tail = Math.exp(term);
  if (2 * tail > 0.05) return null;
  let rank = 1;
  for (; 2 * rank <= n; rank++) {
    term += Math.log((n - rank + 1) / rank);
    tail += Math.exp(term);
    if (2 * tail > 0.05) break;
  }
  const sorted = Float64Array.from(values).sort();
  return { low: sorted[rank - 1], high: sorted[n - rank] };
}

/** Draws of a bootstrap; its seed is always the same, so that a report is. */
const DRAWS = 1000;
const SEED = 1;

/**
 * Percentile intervals of 95 % of numbers that depend on `items` items, each draw with replacement; null for fewer than two items.
 *
 * @param statistics the numbers for a draw, which holds places of items; always equally many.
 */
export function bootstrapIntervals(items: number, statistics: (draw: Uint32Array) => readonly number[]): readonly Interval[] | null {
  if (items < 2) return null;
  const random = createRandom(SEED);
  const draw = new Uint32Array(items);
  const found = Array.from({ length: DRAWS }, () => {
    for (let i = 0; i < items; i++) draw[i] = Math.floor(random.uniform() * items);
    return statistics(draw);
  });
  return found[0].map((_, number) => {
    const values = found.map((numbers) => numbers[number]);
    return { low: quantile(values, 0.025) ?? 0, high: quantile(values, 0.975) ?? 0 };
  });
}
