// Medians with their intervals, against SciPy's binomial distribution; the bootstrap against a known spread.
import { describe, expect, it } from 'vitest';
import { bootstrapIntervals, medianInterval, spread } from '../../../../src/evaluation/spread';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, index) => index + 1).reverse();

describe('the interval of a median', () => {
  // scipy.stats.binom.ppf(0.025, n, 0.5) is the rank, counted from 1.
  it.each([
    [6, 1],
    [8, 1],
    [9, 2],
    [20, 6],
    [50, 18],
    [1000, 469],
    [5000, 2431],
  ])('of %i numbers is from the %i-th smallest to the one as far from the end', (n, rank) => {
    expect(medianInterval(upTo(n))).toEqual({ low: rank, high: n + 1 - rank });
  });

  it('is none for fewer than six', () => {
    expect(medianInterval(upTo(5))).toBeNull();
    expect(spread(upTo(5))).toEqual({ items: 5, mean: 3, median: 3, interval: null });
    expect(spread([])).toBeNull();
  });
});

it('the bootstrap gives the interval of a mean, the same every time', () => {
  const values = upTo(400);
  const mean = (draw: Uint32Array): number[] => [draw.reduce((sum, index) => sum + values[index], 0) / draw.length, 7];
  const [interval, constant] = bootstrapIntervals(values.length, mean) ?? [];
  // The mean is 200.5 with a standard error of 115.5 / 20.
  expect(interval.low).toBeGreaterThan(200.5 - 1.3 * 1.96 * 5.77);
  expect(interval.low).toBeLessThan(200.5 - 0.7 * 1.96 * 5.77);
  expect(interval.high).toBeGreaterThan(200.5 + 0.7 * 1.96 * 5.77);
  expect(constant).toEqual({ low: 7, high: 7 });
  expect(bootstrapIntervals(values.length, mean)).toEqual([interval, constant]);
  expect(bootstrapIntervals(1, mean)).toBeNull();
});
