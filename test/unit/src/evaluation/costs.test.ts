// What answers cost: medians, and ratios to the baseline arm on the same items.
import { expect, it } from 'vitest';
import { CostTally } from '../../../../src/evaluation/costs';
import { reportText } from '../../../../src/evaluation/report-text';
import { Summary } from '../../../../src/evaluation/summary';
import { answered, headerOf, itemOf, NO_VERDICTS, resultOf, summarised } from '../../../fakes/evaluations';

const cost = (latentSteps: number, rows: number, ms: number | null) => ({
  latentSteps,
  promptRows: 100,
  passes: latentSteps + 1,
  rows,
  ms,
});

/** A run of 3 latent steps and 7 tokens, and one of 40 to 60 tokens that takes five times as long. */
const item = (place: number, times = true) =>
  itemOf(place, {
    dmlr: resultOf(answered('7', { tokens: 7 }), { cost: cost(3, 120 + place, times ? 100 + place : null) }),
    direct: resultOf(answered('7', { tokens: 40 + place }), { cost: cost(0, 140 + place, times ? 5 * (100 + place) : null) }),
  });
const items = (times = true) => Array.from({ length: 21 }, (_, place) => item(place, times));

it('is counted in autoregressive steps: latent steps and tokens', () => {
  const tally = new CostTally('direct');
  for (const one of items()) tally.add(one);
  const { baseline, arms } = tally.report(true);
  expect(baseline).toBe('direct');
  const [dmlr, direct] = arms;
  expect(dmlr.spread.autoregressive).toEqual({ items: 21, mean: 10, median: 10, interval: { low: 10, high: 10 } });
  expect(direct.spread.autoregressive).toMatchObject({ mean: 50, median: 50 });
  expect(dmlr.spread).toMatchObject({ latentSteps: { median: 3 }, tokens: { median: 7 }, passes: { median: 4 }, rows: { median: 130 } });
  // Item by item, and then the middle: 10 / 50, and a fifth of the time on every item.
  expect(dmlr.ratio.autoregressive?.median).toBeCloseTo(0.2, 12);
  expect(dmlr.ratio.ms).toEqual({ items: 21, mean: expect.closeTo(0.2, 12) as number, median: 0.2, interval: { low: 0.2, high: 0.2 } });
  expect(dmlr.ratio.latentSteps).toBeNull();
  expect(direct.ratio.ms).toBeNull();
});

it('leaves open what is not known, and compares with no untouched answer', () => {
  const tally = new CostTally('dmlr:untouched');
  tally.add(itemOf(0, { dmlr: resultOf('7') }));
  tally.add(item(1, false));
  const { baseline, arms } = tally.report(false);
  expect(baseline).toBeNull();
  expect(arms[0].spread).toMatchObject({ tokens: { items: 2 }, autoregressive: { items: 1 }, ms: null });
  expect(arms[0].ratio.tokens).toBeNull();
});

it('is a table with ratios, and says whether arms shared what they read', () => {
  const text = (shared: boolean, times = true): string => {
    const summary = new Summary(headerOf(21, { shared }), summarised());
    for (const one of items(times)) summary.add(one, NO_VERDICTS);
    return reportText(summary.report());
  };
  expect(text(true)).toMatch(/^dmlr +10 \(10\.0\) +3 +7 +4 +130 +100 +110\u202Fms$/m);
  expect(text(true)).toMatch(/^direct +50 \(50\.0\) +0 +50 +1 +150 +100 +550\u202Fms$/m);
  expect(text(true)).toMatch(/^divided by direct +autoregressive steps +tokens/m);
  expect(text(true)).toMatch(/^dmlr +0\.200 \(.+ +0\.200 \(0\.200–0\.200\)$/m);
  expect(text(true)).toContain('the first paid for it');
  expect(text(false)).toContain('Every arm read picture and prompt for itself.');
  expect(text(false)).not.toContain('paid');
  expect(text(true, false)).not.toMatch(/ms$/m);
});
