// What a run cost by phase: work and time of all phases make up those of the run, also where a phase is entered twice.
import { expect, it } from 'vitest';
import { foldRun } from '../../../../src/events/fold';
import type { ModelCounts } from '../../../../src/model/latent-model';
import { runPipeline } from '../../../../src/run/pipeline';
import { startTotals } from '../../../../src/run/totals';
import { collect, jobWith, PREVIEW, randomImage, toyRun } from '../../../fakes/jobs';
import { toyModel } from '../../../fakes/toy-model';

it('the work of a run is that of its phases', async () => {
  const { totals } = foldRun(await toyRun()).finished ?? {};
  const { work = {} } = totals ?? {};
  expect(Object.keys(work)).toEqual(['read', 'baseline', 'think', 'answer', 'dependence']);
  for (const name of ['passes', 'rows'] as const) {
    expect(Object.values(work).reduce((sum, one) => sum + one[name], 0)).toBe(totals?.[name]);
    for (const one of Object.values(work)) expect(one[name]).toBeGreaterThan(0);
  }
});

it('a phase that is entered again goes on counting; what came before the first counts in none', () => {
  const counts = { ...toyModel().counts() };
  const at = (passes: number, rows: number): void => void Object.assign(counts, { passes, rows } satisfies Partial<ModelCounts>);
  let time = 0;
  const totals = startTotals({ ...toyModel(), counts: () => ({ ...counts }) }, () => time++);
  at(1, 10);
  totals.enter('read');
  at(3, 30);
  totals.enter('think');
  at(4, 31);
  totals.enter('read');
  at(9, 36);
  const { passes, rows, work, phases, ms } = totals.finish();
  expect(work).toEqual({ read: { passes: 7, rows: 25 }, think: { passes: 1, rows: 1 } });
  expect({ passes, rows }).toEqual({ passes: 9, rows: 36 });
  expect(phases).toEqual({ read: 2, think: 1 });
  expect(ms).toBe(7);
});

it('tells the encoding of the picture apart from the rest of reading; a picture that was encoded before takes no time', async () => {
  // The toy takes 3 ms for a picture by its own account, and its clock counts looks.
  const model = toyModel();
  const image = randomImage(model);
  const settings = { steps: 1, maxNewTokens: 2 };
  const totals = async (ticks: number) => {
    let now = 0;
    const job = jobWith(model, { settings, now: () => (now += ticks), prepare: () => ({ image, preview: PREVIEW }) });
    return foldRun(await collect(runPipeline(job))).finished?.totals;
  };
  const first = await totals(10);
  expect(first?.encodeMs).toBe(3);
  expect(first?.phases.read).toBe(10);
  expect((await totals(10))?.encodeMs).toBe(0);
  // Never more than the phase it is part of.
  const coarse = toyModel();
  const events = await collect(runPipeline(jobWith(coarse, { settings, now: () => 0 })));
  expect(foldRun(events).finished?.totals.encodeMs).toBe(0);
});
