// What an evaluation adds up to, on items whose numbers are known.
import { describe, expect, it } from 'vitest';
import type { ItemLine, Verdict } from '../../../../src/evaluation/log';
import { reportText } from '../../../../src/evaluation/report-text';
import { Summary } from '../../../../src/evaluation/summary';
import { answered, headerOf, itemOf, NO_VERDICTS, resultOf, summarised } from '../../../fakes/evaluations';

/** An item with solution 7: what dmlr, its untouched baseline and direct wrote. */
function item(
  place: number,
  [dmlr, untouched, direct]: readonly string[],
  reward: readonly [number, number],
  more: Partial<ItemLine> = {},
): ItemLine {
  const spread = [0.2, 4 * (dmlr === '7' ? 1 : -1)];
  const arms = {
    dmlr: resultOf(answered(dmlr, { dependence: spread }), {
      untouched: answered(untouched),
      reward: { start: reward[0], best: reward[1], bestStep: 1 },
      ms: 100 * place,
    }),
    direct: resultOf(answered(direct, { cut: true })),
  };
  return itemOf(place, arms, { family: place < 2 ? 'low' : 'high', prompt: 'How many?', ...more });
}

const ITEMS = [
  item(0, ['7', '8', '8'], [0.1, 0.9]),
  item(1, ['7', '7', '8'], [0.2, 0.8]),
  item(2, ['17', '7', '7'], [0.1, 0.3]),
  item(3, ['8', '8', '8'], [0.3, 0.3]),
];

function summarise(
  items: readonly ItemLine[],
  judge: 'strict' | 'lenient' | 'llm' = 'strict',
  verdicts: ReadonlyMap<string, Verdict> = NO_VERDICTS,
) {
  const summary = new Summary(headerOf(items.length), summarised({ judge }));
  for (const one of items) summary.add(one, verdicts);
  return summary.report();
}

describe('a report', () => {
  it('has the accuracy of every arm and of untouched baselines, strict and lenient', () => {
    const { answers, items } = summarise(ITEMS);
    expect(items).toBe(4);
    expect(answers.map(({ key, strict, lenient, cutOff }) => [key, strict.right, lenient.right, cutOff])).toEqual([
      ['dmlr', 2, 3, 0],
      ['dmlr:untouched', 2, 2, 0],
      ['direct', 1, 1, 4],
    ]);
    expect(answers[0].rules).toEqual({ equal: 2, substring: 1, none: 1 });
    expect(answers[0].meanMs).toBe(150);
    expect(answers[2].meanMs).toBeNull();
    expect(summarise(ITEMS, 'lenient').answers[0].accuracy.right).toBe(3);
  });

  it('compares on the same items: with the baseline arm, and every arm with its own untouched baseline', () => {
    const { comparisons } = summarise(ITEMS);
    expect(comparisons.map(({ arm, against, lost, won, items }) => [arm, against, lost, won, items])).toEqual([
      ['dmlr', 'direct', 1, 2, 4],
      ['dmlr:untouched', 'direct', 0, 1, 4],
      ['dmlr', 'dmlr:untouched', 1, 1, 4],
    ]);
    expect(comparisons[0].p).toBe(1);
  });

  it('does so by family', () => {
    const [{ field, values: families }] = summarise(ITEMS).breakdowns;
    expect(field).toBe('family');
    expect(families.map(({ value, accuracy }) => [value, accuracy['dmlr'].right, accuracy['dmlr'].asked])).toEqual([
      ['high', 0, 2],
      ['low', 2, 2],
    ]);
    expect(families[1].comparisons[0]).toMatchObject({ arm: 'dmlr', against: 'direct', lost: 0, won: 2 });
  });

  it('says how rewards, dependence and probability go with right answers', () => {
    const [dmlr, untouched, direct] = summarise(ITEMS).answers;
    expect(dmlr.reward).toMatchObject({
      items: 4,
      final: { auroc: 1 },
      start: { auroc: 0.375 },
      gain: { auroc: 1 },
      rose: { right: 3, asked: 4 },
    });
    expect(dmlr.reward?.gains?.median).toBeCloseTo(0.4, 12);
    expect(untouched.reward).toBeNull();
    expect(dmlr.dependence).toMatchObject({ answers: 4, tokens: 8, dependentTokens: { right: 2 }, mean: { auroc: 1 } });
    expect(dmlr.dependence?.histogram).toEqual([4, 0, 0, 0, 4, 0, 0]);
    expect(direct.dependence).toBeNull();
    expect(dmlr.calibration.ece).toBeCloseTo(0.4, 12);
  });

  it('counts what a language model decided, and what it left to the rules', () => {
    const verdict: Verdict = { type: 'verdict', place: 2, arm: 'dmlr', judge: 'm', equivalent: true };
    const { answers } = summarise([ITEMS[2]], 'llm', new Map([['dmlr', verdict]]));
    expect(answers[0]).toMatchObject({ rules: { llm: 1 }, accuracy: { right: 1 }, strict: { right: 0 } });
    expect(summarise(ITEMS, 'llm').answers[0].rules).toEqual({ equal: 2, 'rules-as-fallback': 2 });
  });

  it('is text with every number that matters, and says what it leaves out', () => {
    const report = summarise(ITEMS);
    const text = reportText({ ...report, problems: { dataset: 1, picture: 2, run: 0 } });
    expect(text).toContain('4 items of toy.json; 3 without a result (1 by their dataset, 2 by their picture)');
    expect(text).toMatch(/^dmlr +2 +4 +50\.0 % +15\.0–85\.0 +50\.0 % +75\.0 %/m);
    expect(text).toMatch(/^dmlr +direct +4 +1 +2 +\+25\.0 \(.+\) +1\.000$/m);
    expect(text).toMatch(/^low +2 .*dmlr 0\/2 p 0\.500/m);
    expect(text).toContain('final 1.00');
    for (const number of [1, 2, 3]) expect(text).toContain(`Observation ${number}`);
  });

  it('of nothing is empty, and text all the same', () => {
    const report = summarise([]);
    expect(report).toMatchObject({ items: 0, answers: [], comparisons: [], breakdowns: [], audits: [] });
    expect(reportText(report)).toContain('0 items');
  });
});
