// The parts of a run's time: they add up to the whole, old recordings included.
import { expect, test } from 'vitest';
import { timeParts } from '../../../../web/lib/time-parts';

const TOTALS = { ms: 100, passes: 1, rows: 1, visionPasses: 1, bytesReadBack: 1 };

test.each([
  [
    'a run',
    { ...TOTALS, phases: { read: 30, think: 40, answer: 20 }, encodeMs: 18 },
    { prepare: 10, encode: 18, read: 12, think: 40, answer: 20 },
  ],
  ['a run made before encoding was timed', { ...TOTALS, phases: { read: 30, answer: 70 } }, { read: 30, answer: 70 }],
  [
    'phases that are more than the whole',
    { ...TOTALS, ms: 40, phases: { read: 30, answer: 20 }, encodeMs: 30 },
    { encode: 30, answer: 20 },
  ],
])('of %s', (_name, totals, parts) => {
  expect(Object.fromEntries(timeParts(totals))).toEqual(parts);
});
