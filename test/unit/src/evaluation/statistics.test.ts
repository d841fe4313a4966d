// Statistics against numbers computed once with SciPy 1.17.1: binomtest, proportion_ci(method='wilson'), mannwhitneyu; and NumPy's quantile.
import { describe, expect, it } from 'vitest';
import { auroc, calibration, mcnemarExact, paired, quantile, wilson } from '../../../../src/evaluation/statistics';

describe("Wilson's interval", () => {
  it.each([
    [86, 100, 0.7786281178903617, 0.9147365634006087],
    [0, 10, 0, 0.27753279986288926],
    [10, 10, 0.7224672001371109, 1],
    [5, 7, 0.3589344518326193, 0.9177810759959432],
    [494, 600, 0.7907874378257217, 0.8517653288520851],
  ])('%i of %i', (right, asked, low, high) => {
    const share = wilson(right, asked);
    expect(share.share).toBe(right / asked);
    expect(share.low).toBeCloseTo(low, 12);
    expect(share.high).toBeCloseTo(high, 12);
  });

  it('of nothing is everything', () => {
    expect(wilson(0, 0)).toEqual({ right: 0, asked: 0, share: null, low: 0, high: 1 });
    expect(() => wilson(3, 2)).toThrow(RangeError);
  });
});

describe("McNemar's exact test", () => {
  it.each([
    [30, 21, 0.2624375357110438],
    [37, 19, 0.022241389472860106],
    [1, 0, 1],
    [7, 36, 8.963039363152348e-6],
    [5, 5, 1],
    [0, 0, 1],
    [1200, 1300, 0.047681865221043444],
  ])('%i lost, %i won', (lost, won, p) => {
    expect(mcnemarExact(lost, won)).toBeCloseTo(p, 12);
    expect(mcnemarExact(won, lost)).toBeCloseTo(p, 12);
  });

  it('comes with the difference and its interval', () => {
    const { difference, p } = paired(600, 37, 19);
    expect(p).toBeCloseTo(0.022241389472860106, 12);
    expect(difference?.value).toBeCloseTo(-0.03, 12);
    // By hand: -18 / 602 and 1.959964 * sqrt(57 - 18^2 / 602) / 602.
    expect(difference?.low).toBeCloseTo(-0.0299003 - 0.0244645, 6);
    expect(difference?.high).toBeCloseTo(-0.0299003 + 0.0244645, 6);
    // Where nothing differs the interval still has the width that so few items leave: 1.959964 / 14.
    expect(paired(12, 0, 0).difference).toEqual({
      value: 0,
      low: expect.closeTo(-0.139997, 6) as number,
      high: expect.closeTo(0.139997, 6) as number,
    });
    expect(paired(100, 100, 0).difference).toMatchObject({ value: -1, low: -1 });
    expect(paired(0, 0, 0).difference).toBeNull();
    expect(() => paired(3, 2, 2)).toThrow(RangeError);
  });
});

describe('the area under the ROC curve', () => {
  it('counts ties half', () => {
    const scores = [0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.2];
    const right = [false, false, true, true, true, true, false];
    expect(auroc(scores, right)).toMatchObject({ auroc: 0.875, right: 4, wrong: 3 });
    expect(auroc([1, 1, 1], [true, false, false]).auroc).toBe(0.5);
    expect(auroc([2, 1], [true, false]).auroc).toBe(1);
    expect(auroc([1, 2], [true, false]).auroc).toBe(0);
  });

  it('has the interval of Hanley and McNeil', () => {
    // Their formula by hand for A = 0.875, 4 right, 3 wrong: Q1 = 7/9, Q2 = 0.816667, variance (0.109375 + 3 * 0.0121528 + 2 * 0.0510417) / 12.
    const half = 1.959964 * Math.sqrt((0.109375 + 3 * (7 / 9 - 0.765625) + 2 * (1.53125 / 1.875 - 0.765625)) / 12);
    const { low, high } = auroc([0.1, 0.4, 0.35, 0.8, 0.4, 0.9, 0.2], [false, false, true, true, true, true, false]);
    expect(low).toBeCloseTo(0.875 - half, 6);
    expect(high).toBe(1);
  });

  it('is nothing where all are right, or all wrong', () => {
    expect(auroc([1, 2], [true, true])).toEqual({ auroc: null, low: 0, high: 1, right: 2, wrong: 0 });
    expect(auroc([], []).auroc).toBeNull();
  });
});

describe('calibration', () => {
  it('weighs bins by their size', () => {
    const { brier, ece, bins } = calibration([0.95, 0.85, 0.85, 0.15, 1], [true, true, false, false, true]);
    expect(brier).toBeCloseTo((0.05 ** 2 + 0.15 ** 2 + 0.85 ** 2 + 0.15 ** 2 + 0) / 5, 12);
    // Bins: [0.1, 0.2) holds 0.15 (0 of 1), [0.8, 0.9) holds 0.85 twice (1 of 2), [0.9, 1] holds 0.95 and 1 (2 of 2).
    expect(ece).toBeCloseTo((0.15 + 0.7 + 0.05) / 5, 12);
    expect(bins.map(({ accuracy }) => accuracy.asked)).toEqual([0, 1, 0, 0, 0, 0, 0, 0, 2, 2]);
    expect(bins[9].confidence).toBeCloseTo(0.975, 12);
    expect(calibration([], [])).toMatchObject({ brier: null, ece: null });
  });
});

it('quantiles are interpolated', () => {
  expect([0, 0.25, 0.5, 0.9, 1].map((q) => quantile([3, 1, 2, 10], q))).toEqual([1, 1.75, 2.5, expect.closeTo(7.9, 12), 10]);
  expect(quantile([], 0.5)).toBeNull();
});
