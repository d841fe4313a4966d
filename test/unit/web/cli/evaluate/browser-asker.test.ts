// Runs that are asked for one by one: each request has one run, and events say which of all runs they are of.
import { expect, it } from 'vitest';
import { fault, type EngineError } from '../../../../../src/errors';
import type { RunEvent } from '../../../../../src/events/events';
import type { BrowserModel } from '../../../../../web/cli/browser-model';
import { askApart } from '../../../../../web/cli/evaluate/browser-asker';

const EVENT: RunEvent = { type: 'cancelled', step: null };
const RUNS = ['a', 'b', 'c'].map((method) => ({ method, settings: {}, question: 'What?', picture: { base64: '', name: 'x.png' } }));

/** A model that notes what it is asked; the run `failing` ends with a problem. */
function modelOf(failing: string, problem: EngineError) {
  const asked: string[][] = [];
  const ask: BrowserModel['ask'] = (runs, event) => {
    asked.push(runs.map(({ method }) => method));
    event(0, EVENT);
    return Promise.resolve(runs[0].method === failing ? problem : null);
  };
  return { asked, ask };
}

it('every run is a request of its own, until one does not reach its end', async () => {
  const problem = fault('INTERNAL', 'The browser has gone.', 'Run again.').value;
  const all = modelOf('', problem);
  const events: number[] = [];
  expect(await askApart(all, RUNS, (arm) => void events.push(arm))).toBeNull();
  expect(all.asked).toEqual([['a'], ['b'], ['c']]);
  expect(events).toEqual([0, 1, 2]);

  const some = modelOf('b', problem);
  expect(await askApart(some, RUNS, () => undefined)).toBe(problem);
  expect(some.asked).toEqual([['a'], ['b']]);
});
