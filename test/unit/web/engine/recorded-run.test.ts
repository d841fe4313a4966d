// Replaying: the same events in the same order, at a pace, abortable, and honest about a recording that is cut off.
import { expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/events/events';
import { pause, recordedRun } from '../../../../web/engine/recorded-run';
import { collect, toyRun } from '../../../fakes/jobs';

const never = new AbortController().signal;

test('at once: every event, without waiting', async () => {
  const events = await toyRun();
  const run = recordedRun(events, 'once', () => Promise.reject(new Error('waited')));
  expect(await collect(run.start(never))).toEqual(events);
});

test('four times as fast waits a quarter as long', async () => {
  const events = await toyRun();
  const total = async (speed: 1 | 4): Promise<number> => {
    let waited = 0;
    const run = recordedRun(events, speed, (ms) => {
      waited += ms;
      return Promise.resolve();
    });
    await collect(run.start(never));
    return waited;
  };
  expect(await total(1)).toBeGreaterThan(0);
  expect(await total(4)).toBeCloseTo((await total(1)) / 4, 6);
});

test('a step is shown long enough to see and never long enough to bore', async () => {
  const step = (await toyRun()).find((event) => event.type === 'step');
  if (step?.type !== 'step') throw new Error('the toy run has no steps');
  expect(pause({ ...step, ms: 1 })).toBeGreaterThanOrEqual(100);
  expect(pause({ ...step, ms: 60_000 })).toBeLessThanOrEqual(1000);
});

test('aborting ends with cancelled and the last step, at once even inside a wait', async () => {
  const events = await toyRun();
  const controller = new AbortController();
  const run = recordedRun(events, 1);
  const got: RunEvent[] = [];
  for await (const event of run.start(controller.signal)) {
    got.push(event);
    if (event.type === 'step' && event.step === 1) setTimeout(() => controller.abort(), 5);
  }
  expect(got.at(-1)).toEqual({ type: 'cancelled', step: 1 });
});

test('a recording without an end fails after its events', async () => {
  const events = (await toyRun()).slice(0, 6);
  const got = await collect(recordedRun(events, 'once').start(never));
  expect(got.slice(0, -1)).toEqual(events);
  expect(got.at(-1)).toMatchObject({ type: 'failed', error: { code: 'PROTOCOL' } });
});
