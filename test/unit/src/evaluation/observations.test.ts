// What goes with right answers: rising rewards by step, certainty with intervals, and the share of tokens that need the picture.
import { describe, expect, it } from 'vitest';
import { CertaintyTally, DependenceTally, RewardTally } from '../../../../src/evaluation/observations';

describe('rewards by step', () => {
  it('rise more often in runs with right answers, or do not', () => {
    const tally = new RewardTally();
    tally.add({ start: 0, best: 3 }, [0, 1, 2, 3], true);
    tally.add({ start: 0, best: 1 }, [0, 3, 2, 1], true);
    tally.add({ start: 0, best: 0 }, [0, 0, -1, -2], false);
    // Of one step alone nothing rises; it counts for the gain.
    tally.add({ start: 0, best: 0 }, [0], false);
    const report = tally.report();
    expect(report).toMatchObject({ items: 4, risingSteps: { auroc: 1, right: 2, wrong: 1 }, risingWhenWrong: { median: 0 } });
    expect(report?.risingWhenRight?.median).toBeCloseTo(2 / 3, 12);
    expect(report?.gains).toMatchObject({ mean: 1, median: 0.5 });
  });
});

describe('certainty', () => {
  it('tells right from wrong, and its calibration has intervals that hold it', () => {
    const tally = new CertaintyTally();
    for (let i = 0; i < 200; i++) {
      const right = i % 4 !== 0;
      tally.add({ logprob: Math.log(right ? 0.85 : 0.65), meanLogprob: right ? -1 : -0.5 }, right);
    }
    tally.add({ logprob: null, meanLogprob: null }, true);
    const { items, ece, eceInterval, brier, brierInterval, confidence, tokens } = tally.report();
    expect(items).toBe(200);
    expect(confidence.auroc).toBe(1);
    expect(tokens.auroc).toBe(0);
    // 0.75 of the answers say 0.85 and are right, 0.25 say 0.65 and are wrong.
    expect(ece).toBeCloseTo(0.75 * 0.15 + 0.25 * 0.65, 12);
    expect(eceInterval?.low).toBeLessThan(ece ?? 0);
    expect(eceInterval?.high).toBeGreaterThan(ece ?? 1);
    expect((eceInterval?.high ?? 1) - (eceInterval?.low ?? 0)).toBeLessThan(0.15);
    expect(brierInterval?.low).toBeLessThan(brier ?? 0);
    expect(brierInterval?.high).toBeGreaterThan(brier ?? 1);
  });

  it('of nothing has none', () => {
    expect(new CertaintyTally().report()).toMatchObject({ items: 0, ece: null, eceInterval: null, confidence: { auroc: null } });
  });
});

it('the share of an answer’s tokens that need the picture is told apart from how much they need it', () => {
  const tally = new DependenceTally();
  tally.add([2, 2, 0, 0], true);
  tally.add([9, 0, 0, 0], false);
  const report = tally.report();
  expect(report).toMatchObject({ dependentTokens: { right: 3, asked: 8 }, share: { auroc: 1 }, mean: { auroc: 0 }, largest: { auroc: 0 } });
});
