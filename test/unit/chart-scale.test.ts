// Axes: rounded, with headroom, and never shrinking while a run goes on.
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { countScale, niceStep, spreadLabels, valueScale } from '../../web/lib/chart-scale';

describe('valueScale', () => {
  it('rounds outwards with headroom', () => {
    expect(valueScale([0.42, 0.7])).toEqual({ domain: [0.3, 0.8], ticks: [0.3, 0.4, 0.5, 0.6, 0.7, 0.8], digits: 1 });
  });
  it('does not zoom into a single value', () => {
    const { domain } = valueScale([0.5]);
    expect(domain[1] - domain[0]).toBeGreaterThanOrEqual(0.02);
  });
  it('holds all values with room to spare, at a handful of ticks', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 1 }), (values) => {
        const { domain, ticks } = valueScale(values);
        expect(domain[0]).toBeLessThan(Math.min(...values));
        expect(domain[1]).toBeGreaterThan(Math.max(...values));
        expect(ticks.length).toBeGreaterThanOrEqual(3);
        expect(ticks.length).toBeLessThanOrEqual(9);
      }),
    );
  });
  it('is a plain unit axis before the first value', () => {
    expect(valueScale([]).domain).toEqual([0, 1]);
  });

  it('stays drawable for numbers no run gives', () => {
    for (const values of [[-1.7e308, 1.7e308], [1.7e308], [-1e12, 1e12]]) {
      const { domain, ticks } = valueScale(values);
      expect(domain.every(Number.isFinite)).toBe(true);
      expect(domain[0]).toBeLessThan(domain[1]);
      expect(ticks.length).toBeLessThan(12);
    }
  });

  it('is the same object while it is in use, however many others are made', () => {
    const first = valueScale([0.42, 0.7]);
    for (let i = 1; i < 500; i++) {
      valueScale([i, 2 * i]);
      expect(valueScale([0.42, 0.7])).toBe(first);
    }
    for (let i = 1; i < 500; i++) valueScale([i, 2 * i]);
    // One that has long been out of use has been forgotten.
    expect(valueScale([0.42, 0.7])).not.toBe(first);
  });
});

describe('countScale', () => {
  it('ends at the number of steps without crowding its last tick', () => {
    expect(countScale(15, 5, true)).toEqual({ domain: [0, 15], ticks: [0, 5, 10, 15], digits: 0 });
    expect(countScale(16, 5, true).ticks).toEqual([0, 5, 10, 16]);
    expect(countScale(0, 5, true).domain).toEqual([0, 1]);
  });
  it('has whole ticks', () => {
    for (let n = 1; n < 300; n++) for (const tick of countScale(n, 5).ticks) expect(Number.isInteger(tick)).toBe(true);
  });
});

describe('niceStep', () => {
  it('is 1, 2 or 5 times a power of ten, not below what was asked', () => {
    expect([0.03, 0.11, 1, 2.1, 9].map(niceStep).map((n) => Number(n.toPrecision(3)))).toEqual([0.05, 0.2, 1, 5, 10]);
  });
});

describe('spreadLabels', () => {
  it('leaves labels that have room where they are', () => {
    expect(spreadLabels([80, 10, 40], 15, 0, 100)).toEqual([80, 10, 40]);
  });
  it('keeps order, distance and bounds', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 200, noNaN: true }), { maxLength: 5 }), (wanted) => {
        const placed = spreadLabels(wanted, 15, 0, 200);
        const sorted = placed.toSorted((a, b) => a - b);
        sorted.slice(1).forEach((y, i) => expect(y - sorted[i]).toBeGreaterThanOrEqual(15 - 1e-9));
        for (const y of placed) {
          expect(y).toBeGreaterThanOrEqual(-1e-9);
          expect(y).toBeLessThanOrEqual(200);
        }
        wanted.forEach((a, i) => wanted.forEach((b, j) => a < b && expect(placed[i]).toBeLessThan(placed[j])));
      }),
    );
  });
});
