// What a run cost by phase: passes and rows add up to those of the whole run.
import { expect, test } from 'vitest';
import { foldRun } from '../../../../src/events/fold';
import { toyRun } from '../../../fakes/jobs';

test('passes and rows of the phases add up to those of the run', async () => {
  const { totals } = foldRun(await toyRun()).finished!;
  const work = Object.entries(totals.work ?? {});
  expect(work.map(([phase]) => phase)).toEqual(Object.keys(totals.phases));
  for (const name of ['passes', 'rows'] as const) expect(work.reduce((sum, [, one]) => sum + one[name], 0)).toBe(totals[name]);
  expect(work.every(([, { passes }]) => passes > 0)).toBe(true);
});
