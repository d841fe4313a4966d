// Totals that contradict the phases of their run.
import { describe, expect, test } from 'vitest';
import type { RunPhase } from '../../../../src/events/events';
import { checkTotals } from '../../../../src/events/totals-check';

const ONE = { passes: 1, rows: 2 };
const SEEN = new Set<RunPhase>(['read', 'answer']);
const WORK = { read: ONE, answer: ONE };
const TOTALS = { ms: 9, passes: 2, rows: 4, visionPasses: 1, bytesReadBack: 1, phases: { read: 1, answer: 1 }, work: WORK };

describe('work by phase', () => {
  test('need not be told, and adds up to no more than the run’s', () => {
    const { work: _, ...silent } = TOTALS;
    expect(checkTotals(silent, SEEN)).toBeNull();
    expect(checkTotals(TOTALS, SEEN)).toBeNull();
  });

  test.each([
    [{ ...WORK, answer: { passes: 2, rows: 2 } }, 'its phases have 3 passes, and the whole run 2'],
    [{ ...WORK, answer: { passes: 1, rows: 3 } }, 'its phases have 5 rows, and the whole run 4'],
    [{ ...WORK, think: ONE }, 'it counts passes of phase "think", which it never entered'],
    [{ read: ONE }, 'the passes of a phase are missing'],
  ])('%j is refused', (work, words) => {
    expect(checkTotals({ ...TOTALS, work }, SEEN)).toBe(words);
  });
});
