// A handful of spoilt recordings in the real page: what is read is drawn without an error, what is refused is said, and the run before stays.
import { expect, test } from 'vitest';
import { writeRecord } from '../../src/events/record';
import { createRandom } from '../../src/math/random';
import { METHODS } from '../../src/methods/registry';
import { importRun } from '../../web/session/transfer';
import { AnswerPair } from '../../web/views/run/AnswerPair';
import { PatchOverlay } from '../../web/views/run/PatchOverlay';
import { RewardChart } from '../../web/views/run/RewardChart';
import { RunSummary } from '../../web/views/run/RunSummary';
import { SequenceStrip } from '../../web/views/run/SequenceStrip';
import { ThinkTokens } from '../../web/views/run/ThinkTokens';
import { toyRun } from '../fakes/jobs';
import { spoil } from '../fixtures/spoilt-recordings';
import { settled } from './settled';
import { viewHost } from './view-host';

const view = viewHost();
/** Seeds of which some are read and some refused. */
const SEEDS = Array.from({ length: 20 }, (_, i) => 40 + i);

test(`${SEEDS.length} spoilt recordings opened one after the other`, async () => {
  const settings = { steps: 2, maxNewTokens: 3 };
  const direct = { method: METHODS.get('direct'), settings: { maxNewTokens: 3 } };
  const recordings = (await Promise.all([toyRun({ settings }), toyRun(direct)])).map(writeRecord);
  await view.show(
    <>
      <AnswerPair />
      <PatchOverlay />
      <RewardChart />
      <SequenceStrip />
      <ThinkTokens />
      <RunSummary />
    </>,
  );
  const { run, page } = view.session;
  const ends = { read: 0, refused: 0 };
  for (const seed of SEEDS) {
    const { bytes, how } = spoil(recordings, createRandom(seed));
    const before = run.getState().events;
    page.getState().setProblem(null);
    await settled(() => importRun(view.session, new File([new Uint8Array(bytes)], 'run.jsonl')));
    const { problem } = page.getState();
    const shown = run.getState();
    if (problem === null) {
      ends.read += 1;
      expect(shown.state.started?.model.name, `seed ${seed} (${how})`).toBeDefined();
      expect(view.element.textContent).toContain(shown.state.started?.model.name);
      for (let step = shown.state.steps.length - 1; step >= 0; step--) await settled(() => shown.setCursor({ step, latent: 0, token: 0 }));
    } else {
      ends.refused += 1;
      expect(problem.error.code, `seed ${seed} (${how}): ${problem.error.detail ?? ''}`).toBe('PROTOCOL');
      expect(shown.events).toBe(before);
    }
  }
  expect(Math.min(ends.read, ends.refused)).toBeGreaterThan(1);
});
