// Divergence between next-token distributions, and what is said of many.
import { describe, expect, it } from 'vitest';
import { compareRow, summarise } from '../../../bench/distributions';

const logits = (...shares: number[]): Float32Array => Float32Array.from(shares, (share) => Math.log(share) + 3);

describe('divergence', () => {
  it('is that of the distributions: the same number added to every logit changes nothing', () => {
    const { token, divergence } = compareRow(logits(0.5, 0.5), logits(0.25, 0.75));
    expect(divergence).toBeCloseTo(0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), 6);
    expect(token).toBe(0);
    const lower = logits(0.5, 0.5).map((logit) => logit - 2);
    const shifted = compareRow(logits(0.5, 0.5), lower);
    expect(shifted.divergence).toBeCloseTo(0, 12);
    expect(shifted.error).toBe(2);
  });

  it('takes the expectation over the reference, not over what is compared with it', () => {
    const there = compareRow(logits(0.9, 0.1), logits(0.5, 0.5)).divergence;
    const back = compareRow(logits(0.5, 0.5), logits(0.9, 0.1)).divergence;
    expect(there).toBeCloseTo(0.5 * Math.log(0.5 / 0.9) + 0.5 * Math.log(0.5 / 0.1), 6);
    expect(back).toBeCloseTo(0.9 * Math.log(0.9 / 0.5) + 0.1 * Math.log(0.1 / 0.5), 6);
  });

  it('counts prompts and positions, and a number that is none spoils the mean', () => {
    const reference = { vocabulary: 2, prompts: [7, 8].map((token) => ({ text: '', ids: [1], tokens: [token, 1] })) };
    const row = (token: number, divergence: number) => ({ token, divergence, error: divergence });
    const found = [{ rows: [row(7, 0.1), row(1, 0.3)] }, { rows: [row(8, 0.2), row(0, 0.6)] }];
    const all = summarise(reference, found);
    expect(all).toMatchObject({ prompts: 2, positions: 4, alike: 1, same: 3, largestDivergence: 0.6, largestError: 0.6 });
    expect(all.meanDivergence).toBeCloseTo(0.3, 10);
    const spoilt = summarise(reference, [...found.slice(0, 1), { rows: [row(8, NaN), row(1, 0)] }]);
    expect(spoilt.meanDivergence).toBeNaN();
    expect(compareRow(Float32Array.of(NaN, 0), logits(0.5, 0.5)).divergence).toBeNaN();
  });
});
