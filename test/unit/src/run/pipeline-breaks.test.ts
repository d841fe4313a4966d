// A run that breaks: what a fault, a stop or a reader that leaves leave behind.
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { fault } from '../../../../src/errors';
import { runEventSchema, type RunEvent } from '../../../../src/events/events';
import type { RunJob } from '../../../../src/run/job';
import { runPipeline } from '../../../../src/run/pipeline';
import { collect, jobWith, toyRun } from '../../../fakes/jobs';
import { toyModel, type ToyModel } from '../../../fakes/toy-model';

const last = (events: readonly RunEvent[]) => events[events.length - 1];

describe('a run that breaks', () => {
  /** The shortest run with all phases: it is repeated once for every pass it makes. */
  const shortJob = (model: ToyModel, changes: Partial<RunJob> = {}) =>
    jobWith(model, { settings: { steps: 1, maxNewTokens: 2, dependenceDraws: 1 }, ...changes });
  const REPEATED = { timeout: 30_000 };

  const isStep = (event: RunEvent) => event.type === 'step';

  test('a question that is empty or too long fails before anything is read', async () => {
    for (const question of ['', 'x'.repeat(200_000)]) {
      const events = await toyRun({ question });
      expect(events.map((event) => event.type)).toEqual(['started', 'failed']);
      expect(last(events)).toMatchObject({ error: { code: 'BAD_INPUT' } });
      expect(v.is(runEventSchema, events[0])).toBe(true);
    }
  });

  test('a picture that cannot be opened fails the run with its own error', async () => {
    const prepare = () => {
      throw fault('BAD_IMAGE', 'No picture.', 'Choose another.');
    };
    expect(last(await toyRun({ prepare }))).toMatchObject({ type: 'failed', error: { code: 'BAD_IMAGE' } });
  });

  test('at any pass: it keeps its events, ends once, releases everything', REPEATED, async () => {
    const whole = toyModel();
    await collect(runPipeline(shortJob(whole)));
    for (let broken = 0; broken < whole.counts().passes; broken++) {
      const model = toyModel({
        onPass: (passes) => {
          if (passes === broken) throw fault('DEVICE_LOST', 'The GPU went away.', 'Run again.', { retry: true });
        },
      });
      const events = await collect(runPipeline(shortJob(model)));
      expect(last(events)).toMatchObject({ type: 'failed', error: { code: 'DEVICE_LOST' } });
      expect(events.filter(({ type }) => /^(finished|failed|cancelled)$/.test(type))).toHaveLength(1);
      expect(model.open()).toBe(0);
    }
  });

  test('a number that is not finite is never emitted', REPEATED, async () => {
    const whole = toyModel();
    await collect(runPipeline(shortJob(whole)));
    for (let broken = 0; broken < whole.counts().passes; broken++) {
      const model = toyModel({ onPass: (passes) => (passes === broken ? 'spoil' : undefined) });
      const events = await collect(runPipeline(shortJob(model)));
      expect(last(events)).toMatchObject({ type: 'failed', error: { code: 'WRONG_NUMBERS' } });
      for (const event of events) expect(v.is(runEventSchema, event)).toBe(true);
    }
  });

  test('Stop at any pass ends it as cancelled within that pass, with the last step', REPEATED, async () => {
    const whole = toyModel();
    await collect(runPipeline(shortJob(whole)));
    for (let stopAt = 0; stopAt < whole.counts().passes; stopAt++) {
      const signal = { aborted: false };
      const model = toyModel({ onPass: (passes) => void (signal.aborted ||= passes === stopAt) });
      const events = await collect(runPipeline(shortJob(model, { signal })));
      const steps = events.filter(isStep).length;
      expect(last(events)).toEqual({ type: 'cancelled', step: steps === 0 ? null : steps - 1 });
      expect(model.counts().passes).toBe(stopAt + 1);
      expect(model.open()).toBe(0);
    }
  });

  test('Stop between events stops it too', async () => {
    const signal = { aborted: false };
    const seen: RunEvent[] = [];
    for await (const event of runPipeline(jobWith(toyModel(), { signal }))) {
      seen.push(event);
      if (event.type === 'token') signal.aborted = true;
    }
    expect(seen.filter((event) => event.type === 'token')).toHaveLength(1);
    expect(last(seen)).toEqual({ type: 'cancelled', step: null });
  });

  test('leaving the stream releases everything', async () => {
    const model = toyModel();
    for await (const event of runPipeline(jobWith(model))) if (event.type === 'step') break;
    expect(model.open()).toBe(0);
  });
});
