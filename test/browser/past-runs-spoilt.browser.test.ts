// A list of past runs that something else has written to: what is broken goes, and the rest is kept.
import { createStore, get, set } from 'idb-keyval';
import { afterEach, expect, test } from 'vitest';
import { forgetPastRuns, keepRun, KEPT_RUNS, pastRunsStore, readPastRun, readPastRuns } from '../../web/stores/past-runs';
import { toyRun } from '../fakes/jobs';

const place = createStore('noema-runs', 'runs');
const ids = () => pastRunsStore.getState().runs.map((run) => run.id);
const entry = (id: string) => ({ id, question: 'Q?', method: 'dmlr', startedAt: '2026', answer: null, bestReward: 0.5, device: 'none' });

afterEach(forgetPastRuns);

test.each([
  ['null', null],
  ['text', 'list'],
  ['an object', { length: 3 }],
  ['a run where a list is expected', entry('a')],
])('%s instead of a list is no list', async (_, list) => {
  await set('list', list, place);
  await readPastRuns();
  expect(ids()).toEqual([]);
  await keepRun(await toyRun({ runId: 'new' }));
  expect(ids()).toEqual(['new']);
});

test('entries that are no runs are dropped for good, and the others stay in their order', async () => {
  const broken = [
    null,
    7,
    'run',
    [],
    {},
    { ...entry('x'), id: 4 },
    { ...entry('y'), bestReward: Infinity },
    { ...entry('z'), question: 'x'.repeat(1e6) },
  ];
  await set('list', [entry('a'), ...broken, entry('b'), entry('a'), entry('c')], place);
  await readPastRuns();
  expect(ids()).toEqual(['a', 'b', 'c']);
  expect(await get('list', place)).toEqual([entry('a'), entry('b'), entry('c')]);
  await keepRun(await toyRun({ runId: 'new' }));
  expect(ids()).toEqual(['new', 'a', 'b', 'c']);
});

test('a list longer than is kept is cut, and a recording that is no text is lost', async () => {
  await set(
    'list',
    Array.from({ length: 100_000 }, (_, i) => entry(`r${i}`)),
    place,
  );
  await readPastRuns();
  expect(ids()).toHaveLength(KEPT_RUNS);
  await set('run:r0', { text: 'x' }, place);
  expect(await readPastRun('r0')).toBeNull();
});
