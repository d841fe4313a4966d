// What is kept of a run: what its answer cost without baseline, controls and image dependence, and the answers of its controls.
import { describe, expect, it } from 'vitest';
import { measureRun } from '../../../../src/evaluation/measure';
import { foldRun } from '../../../../src/events/fold';
import { dmlr } from '../../../../src/methods/dmlr/dmlr';
import { growing } from '../../../fakes/growing-method';
import { toyRun } from '../../../fakes/jobs';

describe('what an answer cost', () => {
  it('is the same whatever is measured beside it', async () => {
    const settings = { steps: 2, maxNewTokens: 3, dependenceDraws: 1 };
    const [alone, beside] = await Promise.all([
      toyRun({ settings: { ...settings, baseline: 'none', dependence: false } }),
      toyRun({ settings: { ...settings, controls: true } }),
    ]).then((runs) => runs.map((events) => measureRun(foldRun(events), dmlr, false)));
    expect(beside.cost).toEqual(alone.cost);
    expect(alone.cost).toMatchObject({ passes: alone.passes, rows: alone.rows, ms: null, latentSteps: 0 });
    expect(beside.passes).toBeGreaterThan(alone.passes);
    expect(beside.rows).toBeGreaterThan(alone.rows);
  });

  it('has the rows of the prompt, and the time to the answer', async () => {
    const state = foldRun(await toyRun({ settings: { steps: 1, maxNewTokens: 3, dependenceDraws: 1 } }));
    const { cost, ms } = measureRun(state, dmlr, true);
    const { read = 0, think = 0, answer = 0 } = state.finished?.totals.phases ?? {};
    expect(cost?.promptRows).toBe(state.prompt?.length);
    expect(cost?.ms).toBe(read + think + answer);
    expect(cost?.ms).toBeLessThan(ms ?? 0);
  });

  it('counts steps as autoregressive where they lengthen the sequence, and only there', async () => {
    const state = foldRun(await toyRun({ method: growing, settings: { rounds: 4, maxNewTokens: 3 } }));
    expect(measureRun(state, growing, false).cost?.latentSteps).toBe(0);
    expect(measureRun(state, { ...growing, advances: true }, false).cost?.latentSteps).toBe(4);
  });

  it('is not known of a run that did not count its work by phase', async () => {
    const events = (await toyRun()).map((event) => {
      if (event.type !== 'finished') return event;
      const { work: _, ...totals } = event.totals;
      return { ...event, totals };
    });
    expect(measureRun(foldRun(events), dmlr, false).cost).toBeNull();
  });
});

it('the answers of controls are kept in their order', async () => {
  const state = foldRun(await toyRun({ settings: { steps: 2, maxNewTokens: 3, dependence: false, controls: true } }));
  const { controls, answer } = measureRun(state, dmlr, false);
  expect(controls.map(({ id }) => id)).toEqual(dmlr.controls?.(dmlr.space.parse({ controls: true })).map(({ id }) => id));
  expect(controls.find(({ id }) => id === 'result')?.text).toBe(answer.text);
  expect(measureRun(foldRun(await toyRun()), dmlr, false).controls).toEqual([]);
});
