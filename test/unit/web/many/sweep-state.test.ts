// The queue of a sweep on the toy model: its order, stopping, a run that fails, going on, also from what was kept, and its exports.
import { describe, expect, test } from 'vitest';
import type { RunRequest } from '../../../../src/engine/run-source';
import { fault } from '../../../../src/errors';
import type { RunEvent } from '../../../../src/events/events';
import { parseRecord } from '../../../../src/events/read-record';
import { METHODS } from '../../../../src/methods/registry';
import { sweepCsv } from '../../../../web/many/sweep-export';
import { cellKey, summed, type SweepPlan } from '../../../../web/many/sweep';
import { Sweep } from '../../../../web/many/sweep-state';
import { openKept } from '../../../../workers/kept';
import { toyHost, toyMaker } from '../../../fakes/run-maker';

const dmlr = METHODS.get('dmlr');
const asked = (question: string, solution: string | null) => ({
  question,
  solution,
  focus: null,
  picture: { bytes: new ArrayBuffer(0), name: 'a.png' },
});
const PLAN: SweepPlan = {
  method: 'dmlr',
  base: { ...dmlr.space.defaults, maxNewTokens: 4, dependence: false },
  axes: [{ name: 'steps', values: [0, 1, 2] }],
  questions: [asked('First?', null), asked('Second, with =commas?', 'w1')],
};
const broken = (retry: boolean): RunEvent[] => [
  { type: 'failed', error: fault('OUT_OF_MEMORY', 'No room.', 'Ask less.', { retry }).value },
];
const what = ({ question, settings }: RunRequest): string => `${question} ${String(settings['steps'])}`;

function sweepWith(instead?: Parameters<typeof toyMaker>[0], storage = openKept('test')) {
  const toy = toyMaker(instead);
  const { host, announced } = toyHost(toy.maker);
  return { sweep: new Sweep(host, storage), storage, announced, ...toy };
}

describe('a sweep', () => {
  test('asks one question in every combination, then the next, and says what each run gave', async () => {
    const { sweep, started, announced } = sweepWith();
    await sweep.begin(PLAN);
    expect(started.map(what)).toEqual(['First? 0', 'First? 1', 'First? 2', ...[0, 1, 2].map((steps) => `Second, with =commas? ${steps}`)]);
    // Every run reads everything itself: it is the run that pressing Run would make.
    expect(started.every(({ reuse }) => reuse === false)).toBe(true);
    const { cells, status, problem } = sweep.state.getState();
    expect({ status, problem, announced }).toEqual({ status: 'idle', problem: null, announced: [true, false] });
    expect(cells.map(({ question, combination }) => [question, combination])).toEqual([0, 1].flatMap((q) => [0, 1, 2].map((c) => [q, c])));
    for (const { result, question, combination } of cells) {
      expect(result?.right).toBe(question === 0 ? null : result?.answer === 'w1');
      expect(result?.probability).toBeGreaterThan(0);
      if (combination === 0) expect(result?.reward).toBe(result?.startReward);
    }
    // The whole run of a cell is the run that gave its numbers.
    const text = await sweep.run(cellKey(cells[2]));
    const { events } = parseRecord(text ?? '', METHODS);
    const finished = events.at(-1);
    if (finished?.type !== 'finished') throw new Error('no end');
    expect(finished.bestReward).toBe(cells[2].result?.reward);
    const best = events.find((event) => event.type === 'step' && event.step === finished.bestStep);
    expect(best).toMatchObject({ patchCount: cells[2].result?.patches });
    expect(await sweep.runs()).toHaveLength(6);
  });

  test('adds up the runs of each combination', async () => {
    const { sweep } = sweepWith((_, number) => (number === 2 ? broken(false) : undefined));
    await sweep.begin(PLAN);
    const { cells } = sweep.state.getState();
    const sums = summed(cells, 3);
    const rewards = cells.flatMap(({ combination, result }) => (combination === 0 ? [result?.reward ?? Number.NaN] : []));
    expect(sums.map(({ runs, failed }) => [runs, failed])).toEqual([
      [2, 0],
      [1, 1],
      [2, 0],
    ]);
    expect(sums[0].reward).toBeCloseTo((rewards[0] + rewards[1]) / 2, 12);
    expect(sums[0].right).not.toBeNull();
  });

  test('goes on after a run that fails, with a row that says why; what may pass is tried twice, in a fresh worker', async () => {
    const first = sweepWith((_, number) => (number === 2 ? broken(false) : undefined));
    await first.sweep.begin(PLAN);
    expect(first.sweep.state.getState().cells[1]).toEqual({ combination: 1, question: 0, result: null, failure: 'No room.' });
    expect(first.sweep.state.getState().cells).toHaveLength(6);
    expect(first.unloads()).toBe(0);
    const second = sweepWith((_, number) => (number === 2 ? broken(true) : undefined));
    await second.sweep.begin(PLAN);
    expect(second.sweep.state.getState().cells.every(({ failure }) => failure === null)).toBe(true);
    expect([second.started.length, second.unloads()]).toEqual([7, 1]);
  });

  test('keeps what is done when it is stopped, and goes on with the rest, a failed one included', async () => {
    const stop: { now?: () => void } = {};
    const { sweep, started } = sweepWith((_, number) => {
      if (number === 1) return broken(false);
      if (number !== 3) return undefined;
      stop.now?.();
      return [{ type: 'cancelled', step: null }];
    });
    stop.now = () => sweep.stop();
    await sweep.begin(PLAN);
    expect(sweep.state.getState().cells.map(cellKey)).toEqual(['000:000', '000:001']);
    expect(started).toHaveLength(3);
    await sweep.goOn();
    expect(started.slice(3).map(what)[0]).toBe('First? 0');
    expect(sweep.state.getState().cells.map(cellKey).sort()).toEqual([0, 1].flatMap((q) => [0, 1, 2].map((c) => `00${q}:00${c}`)));
    expect(started).toHaveLength(8);
  });

  test('is taken up by the next page from what was kept', async () => {
    const { sweep, storage } = sweepWith((_, number) => (number > 4 ? broken(false) : undefined));
    await sweep.begin(PLAN);
    const next = sweepWith(undefined, storage);
    await next.sweep.restore();
    const { plan, cells, kept } = next.sweep.state.getState();
    expect(plan).toEqual(PLAN);
    expect([cells.length, kept.size]).toEqual([6, 4]);
    await next.sweep.goOn();
    expect(next.started.map(what)).toEqual(['Second, with =commas? 1', 'Second, with =commas? 2']);
    await next.sweep.forget();
    const last = sweepWith(undefined, storage);
    await last.sweep.restore();
    expect(last.sweep.state.getState().plan).toBeNull();
  });

  test('ends with the reason when there is no model, and when another page is at it; nothing is lost', async () => {
    const { sweep, storage } = sweepWith();
    await sweep.begin(PLAN);
    const toy = toyMaker();
    const { host } = toyHost({ ...toy.maker, ready: () => Promise.reject(fault('BAD_MODEL', 'It does not load.', 'Take another.')) });
    const other = new Sweep(host, openKept('test'));
    await other.begin(PLAN);
    expect(other.state.getState().problem?.message).toBe('It does not load.');
    const busy = new Sweep({ ...toyHost(toy.maker).host, alone: () => Promise.resolve(null) }, storage);
    await busy.restore();
    await busy.begin({ ...PLAN, axes: [{ name: 'steps', values: [1] }] });
    expect(busy.state.getState().problem?.message).toContain('Another tab');
    expect(busy.state.getState().cells).toHaveLength(6);
    expect(await storage.get('plan')).toEqual(PLAN);
  });

  test('leaves as a table and as the lines of its runs', async () => {
    const { sweep } = sweepWith((_, number) => (number === 2 ? broken(false) : undefined));
    await sweep.begin(PLAN);
    const lines = sweepCsv(PLAN, dmlr, sweep.state.getState().cells).trimEnd().split('\r\n');
    expect(lines[0]).toBe('steps,question,solution,answer,right,reward,start_reward,answer_probability,patches,passes,ms,failure');
    expect(lines).toHaveLength(7);
    expect(lines[2]).toBe('1,First?,,,,,,,,,,No room.');
    expect(lines[4]).toMatch(/^0,"Second, with =commas\?",w1,/);
    const runs = await sweep.runs();
    expect(runs).toHaveLength(5);
    for (const run of runs) expect(run.split('\n', 1)[0]).toContain('"type":"started"');
  });
});
