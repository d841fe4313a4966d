// What a run cost: the time of its phases, and the part of reading that encoded the picture.
import { expect, test } from 'vitest';
import { foldRun } from '../../../../src/events/fold';
import { runPipeline } from '../../../../src/run/pipeline';
import { collect, jobWith, PREVIEW, randomImage } from '../../../fakes/jobs';
import { toyModel } from '../../../fakes/toy-model';

test('tells the encoding of the picture apart from the rest of reading; a picture that was encoded before takes no time', async () => {
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
