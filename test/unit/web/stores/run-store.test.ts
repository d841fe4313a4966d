// The run store: what it folds, how its cursor follows a run, and what ends one.
import { beforeEach, describe, expect, test } from 'vitest';
import { foldRun } from '../../../../src/events/fold';
import type { RunEvent } from '../../../../src/events/events';
import { createRunStore, newestStep } from '../../../../web/stores/run-store';
import { toyRun } from '../../../fakes/jobs';

const store = createRunStore();
let events: RunEvent[];

beforeEach(async () => {
  events = await toyRun();
  store.getState().begin('live', null);
});

const stepIndex = (step: number): number => events.findIndex((event) => event.type === 'step' && event.step === step);

describe('appending', () => {
  test('in any portions gives the fold of all events', () => {
    for (const event of events.slice(0, 5)) store.getState().append([event]);
    store.getState().append(events.slice(5));
    expect(store.getState().state).toEqual(foldRun(events));
    expect(store.getState().events).toEqual(events);
    expect(store.getState().status).toBe('finished');
  });

  test('ignores what comes after the terminal event', () => {
    store.getState().append(events);
    const before = store.getState();
    store.getState().append([{ type: 'cancelled', step: 1 }]);
    expect(store.getState()).toBe(before);
  });

  test('one portion is one update', () => {
    let updates = 0;
    const end = store.subscribe(() => (updates += 1));
    store.getState().append(events);
    end();
    expect(updates).toBe(1);
  });

  test('a run that fails keeps its events', () => {
    const kept = events.slice(0, stepIndex(2) + 1);
    const error = { code: 'DEVICE_LOST', message: 'm', action: 'a', retry: true } as const;
    store.getState().append([...kept, { type: 'failed', error }]);
    expect(store.getState().status).toBe('failed');
    expect(store.getState().state.steps).toHaveLength(3);
  });
});

describe('the cursor', () => {
  test('follows the newest step until it is moved', () => {
    store.getState().append(events.slice(0, stepIndex(2) + 1));
    expect(store.getState().cursor.step).toBe(2);
    store.getState().setCursor({ step: 1 });
    expect(store.getState().follow).toBe(false);
    store.getState().append(events.slice(stepIndex(2) + 1));
    expect(store.getState().cursor.step).toBe(1);
  });

  test('follows again when moved to the newest step, or when told to', () => {
    store.getState().append(events.slice(0, stepIndex(2) + 1));
    store.getState().setCursor({ step: 0 });
    store.getState().setCursor({ step: 2 });
    expect(store.getState().follow).toBe(true);
    store.getState().setCursor({ step: 0 });
    store.getState().setFollow(true);
    expect(store.getState().cursor.step).toBe(2);
  });

  test('keeps following when only a token, patch or latent is pointed at', () => {
    store.getState().append(events.slice(0, stepIndex(1) + 1));
    store.getState().setCursor({ token: 3, patch: 2, latent: 1, stream: 'baseline' });
    expect(store.getState().follow).toBe(true);
    expect(store.getState().cursor).toEqual({ step: 1, token: 3, patch: 2, latent: 1, stream: 'baseline' });
  });

  test('starts over with a new run', () => {
    store.getState().append(events);
    store.getState().setCursor({ step: 1, token: 2 });
    store.getState().begin('recording', { title: 't', device: 'd' });
    expect(store.getState().cursor).toEqual({ step: 0, latent: null, stream: 'answer', token: null, patch: null });
    expect(newestStep(store.getState().state)).toBe(0);
  });
});

test('a run that is over cannot be stopping', () => {
  store.getState().markStopping();
  expect(store.getState().status).toBe('stopping');
  store.getState().append(events);
  store.getState().markStopping();
  expect(store.getState().status).toBe('finished');
});
