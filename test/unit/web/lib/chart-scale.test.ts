// Axes: rounded, with headroom, within what can be measured; even whole ticks; labels that keep apart.
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import type { StepEvent } from '../../../../src/events/events';
import { dmlr } from '../../../../src/methods/dmlr/dmlr';
import { axisTicks, spreadLabels, valueDomain, wholeTicks, type Domain } from '../../../../web/lib/chart-scale';
import { viewOf } from '../../../../web/views/methods/registry';
import { plotFrame, rewardDomain } from '../../../../web/views/run/plot-frame';
import { madeUpRun } from '../../../fixtures/made-up-run';

const ANY: Domain = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
const ticks = (domain: Domain): readonly number[] => axisTicks(domain).values;
const value = fc.double({ min: -30, max: 30, noNaN: true });

describe('valueDomain', () => {
  it('rounds outwards with headroom', () => {
    expect(valueDomain([0.42, 0.7], ANY)).toEqual([0.35, 0.75]);
  });
  it('does not zoom into a single value', () => {
    const [low, high] = valueDomain([0.5], ANY);
    expect(high - low).toBeGreaterThanOrEqual(0.02);
  });
  it('holds all values with room to spare, at a handful of ticks', () => {
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const domain = valueDomain(values, ANY);
        expect(domain[0]).toBeLessThan(Math.min(...values));
        expect(domain[1]).toBeGreaterThan(Math.max(...values));
        expect(ticks(domain).length).toBeGreaterThanOrEqual(3);
        expect(ticks(domain).length).toBeLessThanOrEqual(9);
      }),
    );
  });
  it('never lies beyond the range, and always holds the values', () => {
    expect(valueDomain([0.55, 0.99], [Number.NEGATIVE_INFINITY, 1])).toEqual([0.45, 1]);
    expect(valueDomain([-9, 0.9], [Number.NEGATIVE_INFINITY, 1])[1]).toBe(1);
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), value, fc.double({ min: 0.1, max: 40, noNaN: true }), (values, least, width) => {
        const range: Domain = [least, least + width];
        const [low, high] = valueDomain(values, range);
        expect(low).toBeGreaterThanOrEqual(Math.min(range[0], ...values));
        expect(high).toBeLessThanOrEqual(Math.max(range[1], ...values));
        expect(low).toBeLessThanOrEqual(Math.min(...values));
        expect(high).toBeGreaterThanOrEqual(Math.max(...values));
        expect(low).toBeLessThan(high);
      }),
    );
  });
  it('is a plain unit axis before the first value', () => {
    expect(valueDomain([], ANY)).toEqual([0, 1]);
  });

  it('stays drawable for numbers no run gives', () => {
    for (const values of [[-1.7e308, 1.7e308], [1.7e308], [-1e12, 1e12]]) {
      const domain = valueDomain(values, ANY);
      expect(domain.every(Number.isFinite)).toBe(true);
      expect(domain[0]).toBeLessThan(domain[1]);
      expect(ticks(domain).length).toBeLessThan(12);
    }
  });
});

describe('wholeTicks', () => {
  it('ends at the number of steps of most runs', () => {
    for (const last of [1, 4, 5, 10, 15, 20, 25, 30, 40, 50, 100, 500]) expect(wholeTicks([0, last], 4).at(-1), String(last)).toBe(last);
  });
  it('is whole, even and within the axis, whatever its length', () => {
    for (let last = 1; last < 300; last++) {
      const found = wholeTicks([0, last], 4);
      expect(found.every(Number.isInteger)).toBe(true);
      expect(found.length).toBeGreaterThanOrEqual(2);
      expect(found.at(-1)).toBeLessThanOrEqual(last);
      expect(new Set(found.slice(1).map((tick, i) => tick - found[i])).size, `${last}: ${found.join(' ')}`).toBe(1);
    }
  });
});

describe('the frame of the plot', () => {
  const steps = madeUpRun().filter((event): event is StepEvent => event.type === 'step');

  it('keeps a confidence at or below 1 and a surprise at or above 0', () => {
    const at = (reward: number): StepEvent[] => [{ ...steps[0], reward, bestReward: reward, detail: null }];
    const range = (rewardForm: 'paper' | 'code'): Domain | null => viewOf('dmlr').expects({ ...dmlr.space.defaults, rewardForm }).rewards;
    expect(rewardDomain(at(0.999), range('paper'))[1]).toBe(1);
    expect(rewardDomain(at(0.999), range('code'))[1]).toBeGreaterThan(1);
    expect(rewardDomain(at(0.001), range('code'))[0]).toBe(0);
    expect(rewardDomain(at(0.001), range('paper'))[0]).toBeLessThan(0);
  });
  it('finds every step again at its place, and the nearest beyond the ends', () => {
    const frame = plotFrame(640, 300, 15, 12, rewardDomain(steps, [Number.NEGATIVE_INFINITY, 1]));
    for (const { step } of steps) expect(frame.stepAt(frame.x(step))).toBe(step);
    expect(frame.stepAt(-1000)).toBe(0);
    expect(frame.stepAt(1000)).toBe(15);
  });
  it('keeps everything drawn between its axes', () => {
    const frame = plotFrame(640, 300, 15, 12, rewardDomain(steps, [Number.NEGATIVE_INFINITY, 1]));
    for (const step of steps) {
      for (const y of [frame.y(step.reward ?? NaN), frame.y(step.bestReward ?? NaN), frame.yPatches(step.patchCount)]) {
        expect(y).toBeGreaterThanOrEqual(frame.top);
        expect(y).toBeLessThanOrEqual(frame.bottom);
      }
    }
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
