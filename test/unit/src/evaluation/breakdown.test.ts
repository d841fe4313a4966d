// Accuracy by fields of the items and by named groups of families; controls against the run itself, overall and by family.
import { describe, expect, it } from 'vitest';
import type { ItemLine } from '../../../../src/evaluation/log';
import { reportText } from '../../../../src/evaluation/report-text';
import { Summary, type Report, type SummaryOptions } from '../../../../src/evaluation/summary';
import { headerOf, itemOf, NO_VERDICTS, resultOf, summarised } from '../../../fakes/evaluations';

const control = (id: string, text: string) => ({ id, text, cut: false, reward: null, logprob: -1 });

/** What dmlr wrote, with its control "start", and what direct wrote; the solution is 7. */
function item(
  place: number,
  family: string | null,
  [dmlr, start, direct]: readonly string[],
  fields: Record<string, string> = {},
): ItemLine {
  const controls = [control('start', start), control('result', dmlr)];
  return itemOf(place, { dmlr: resultOf(dmlr, { controls }), direct: resultOf(direct) }, { family, fields });
}

const ITEMS = [
  item(0, 'two_hop', ['7', '8', '7'], { domain: 'science', topic: 'optics' }),
  item(1, 'two_hop', ['7', '8', '8'], { domain: 'science', topic: 'heat' }),
  item(2, 'sum', ['7', '17', '8'], { domain: 'maths', topic: 'heat' }),
  item(3, 'colour', ['7', '7', '7'], { domain: 'maths' }),
  item(4, null, ['8', '7', '8']),
];

function summarise(options: Partial<SummaryOptions> = {}, items = ITEMS): Report {
  const summary = new Summary(headerOf(items.length), summarised(options));
  for (const one of items) summary.add(one, NO_VERDICTS);
  return summary.report();
}

describe('a breakdown', () => {
  it('is by the usual fields that items have, or by those that are named', () => {
    const { breakdowns } = summarise();
    expect(breakdowns.map(({ field }) => field)).toEqual(['family', 'domain', 'topic']);
    const [family, domain] = breakdowns;
    expect(family.without).toBe(1);
    expect(family.values.map(({ value, items, accuracy }) => [value, items, accuracy['direct'].right])).toEqual([
      ['colour', 1, 1],
      ['sum', 1, 0],
      ['two_hop', 2, 1],
    ]);
    expect(domain.values.map(({ value, accuracy }) => [value, accuracy['dmlr'].right, accuracy['dmlr'].asked])).toEqual([
      ['maths', 2, 2],
      ['science', 2, 2],
    ]);
    expect(domain.values[1].comparisons[0]).toMatchObject({ arm: 'dmlr', against: 'direct', items: 2, lost: 0, won: 1 });
    expect(summarise({ by: ['topic'] }).breakdowns.map(({ field }) => field)).toEqual(['topic']);
  });

  it('says so when no item has the field, and does not take what every object has for one', () => {
    for (const field of ['grade', 'constructor']) {
      const report = summarise({ by: [field] });
      expect(report.breakdowns).toEqual([{ field, values: [], without: 5, groups: [] }]);
      expect(reportText(report)).toContain(`No item has the field "${field}".`);
    }
  });

  it('counts named groups of families too, and names those that no item is of', () => {
    const groups = [{ name: 'two-step', families: ['two_hop', 'sum', 'nearest'] }];
    const report = summarise({ by: ['domain'], groups });
    expect(report.breakdowns.map(({ field }) => field)).toEqual(['family', 'domain']);
    const [group] = report.breakdowns[0].groups;
    expect(group).toMatchObject({ value: 'two-step', items: 3, absent: ['nearest'] });
    expect(group.accuracy['direct']).toMatchObject({ right: 1, asked: 3 });
    expect(report.breakdowns[1].groups).toEqual([]);
    const text = reportText(report);
    expect(text).toMatch(/^two-step +3 +100\.0 %/m);
    expect(text).toContain('two-step: two_hop, sum, nearest. No item is of nearest.');
  });
});

describe('an audit', () => {
  it("compares every control with the run's own answer on the same items, overall, by group and by family", () => {
    const [audit, ...others] = summarise({ groups: [{ name: 'two-step', families: ['two_hop', 'sum'] }] }).audits;
    expect(others).toEqual([]);
    expect(audit).toMatchObject({ arm: 'dmlr', items: 5, controls: [{ id: 'start', label: 'Nothing' }, { id: 'result' }] });
    const [start, result] = audit.comparisons;
    expect(start).toMatchObject({ arm: 'dmlr:control:start', against: 'dmlr', items: 5, lost: 3, won: 1, p: 0.625 });
    expect(start.difference?.value).toBeCloseTo(-0.4, 12);
    expect(result).toMatchObject({ lost: 0, won: 0, p: 1, difference: { value: 0 } });
    expect(audit.families.groups[0].comparisons[0]).toMatchObject({ items: 3, lost: 3, won: 0, difference: { value: -1 } });
    expect(audit.families.values.map(({ value, comparisons }) => [value, comparisons[0].lost])).toEqual([
      ['colour', 0],
      ['sum', 1],
      ['two_hop', 2],
    ]);
  });

  it('is judged as everything else, except by a language model', () => {
    expect(summarise({ judge: 'lenient' }).audits[0].comparisons[0].lost).toBe(2);
    expect(summarise({ judge: 'llm' }).audits[0].comparisons[0].lost).toBe(3);
    expect(reportText(summarise({ judge: 'llm' }))).toContain('Both are judged by the strict rules here.');
  });

  it('is a table: families on which nothing differs are left to report.json', () => {
    const text = reportText(summarise({ groups: [{ name: 'two-step', families: ['two_hop', 'sum'] }] }));
    expect(text).toMatch(/^start +all +5 +80\.0 % +40\.0 % +11\.8–76\.9 +3 +1 +−40\.0 \(/m);
    expect(text).toMatch(/^start +two-step +3 +100\.0 % +0\.0 % .* +3 +0 +−100\.0 \(/m);
    expect(text).toMatch(/^start +two_hop +2 /m);
    expect(text).not.toMatch(/^start +colour/m);
    expect(text).toMatch(/^result +all +5 /m);
    expect(text).toContain('- start: Think tokens at their start, no patches.');
  });

  it('is not there without controls', () => {
    const plain = ITEMS.map((one) => ({ ...one, arms: { direct: one.arms['direct'] } }));
    const report = summarise({}, plain);
    expect(report.audits).toEqual([]);
    expect(reportText(report)).not.toContain('Controls:');
  });
});
