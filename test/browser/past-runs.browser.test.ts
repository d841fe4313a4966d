// The runs kept in the browser: the newest few, whole, and none that said nothing.
import { expect, test } from 'vitest';
import { parseRecord } from '../../src/events/read-record';
import { METHODS } from '../../src/methods/registry';
import {
  describe as describeRun,
  forgetPastRuns,
  keepRun,
  KEPT_RUNS,
  pastRunsStore,
  readPastRun,
  readPastRuns,
} from '../../web/stores/past-runs';
import { toyRun } from '../fakes/jobs';

const ids = (): string[] => pastRunsStore.getState().runs.map((run) => run.id);

test('the newest runs are kept, whole and in order; older ones go', async () => {
  await forgetPastRuns();
  const runs = await Promise.all(Array.from({ length: KEPT_RUNS + 2 }, (_, index) => toyRun({ runId: `run-${index}` })));
  for (const events of runs) await keepRun(events);
  const newest = Array.from({ length: KEPT_RUNS }, (_, index) => `run-${KEPT_RUNS + 1 - index}`);
  expect(ids()).toEqual(newest);
  expect(await readPastRun('run-0')).toBeNull();
  expect(parseRecord((await readPastRun(`run-${KEPT_RUNS}`)) ?? '', METHODS).events).toEqual(runs[KEPT_RUNS]);

  pastRunsStore.setState({ runs: [] });
  await readPastRuns();
  expect(ids()).toEqual(newest);

  await forgetPastRuns();
  await readPastRuns();
  expect(ids()).toEqual([]);
  expect(await readPastRun(newest[0])).toBeNull();
});

test('a run that ended before its first step and token is not worth keeping', async () => {
  const events = await toyRun();
  const first = events.findIndex((event) => event.type === 'step' || event.type === 'token');
  expect(describeRun([...events.slice(0, first), { type: 'cancelled', step: null }])).toBeNull();
  expect(describeRun(events)).toMatchObject({ id: 'run-1', method: 'dmlr', device: 'test' });
});
