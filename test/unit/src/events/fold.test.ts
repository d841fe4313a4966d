// What events add up to, in one piece or in portions, and the tables of it.
import { beforeAll, describe, expect, test } from 'vitest';
import { stepsCsv, tokensCsv } from '../../../../src/events/csv';
import type { RunEvent } from '../../../../src/events/events';
import { emptyRun, foldEvents, foldRun, patchesAt, stepAt, type RunState } from '../../../../src/events/fold';
import { dmlr } from '../../../../src/methods/dmlr/dmlr';
import { toyRun } from '../../../fakes/jobs';

let events: RunEvent[];
beforeAll(async () => {
  events = await toyRun();
});

describe('folding', () => {
  test('adds up to series, patches and texts', () => {
    const state = foldRun(events);
    const steps = events.filter((event) => event.type === 'step');
    expect(state.steps.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4]);
    expect(state.bestReward).toBe(steps.at(-1)?.bestReward);
    expect(patchesAt(state, 4)).toEqual(steps[4].latents.map((latent) => latent.patches));
    expect(patchesAt(state, 99)).toEqual([]);
    expect(stepAt(state, 2)).toBe(steps[2]);
    expect(state.status).toBe('finished');
  });

  test('a run that broke keeps its steps', () => {
    const broken = foldRun([...events.slice(0, 16), { type: 'cancelled', step: 3 }]);
    expect(broken.status).toBe('cancelled');
    expect(broken.steps.length).toBeGreaterThan(0);
  });

  test('does not change the state it is given', () => {
    const before = foldRun(events.slice(0, 12));
    const copy = structuredClone(before);
    for (const event of events.slice(12)) foldRun([event]);
    foldRun(events);
    expect(before).toEqual(copy);
  });
});

describe('folding many events', () => {
  test('takes time in proportion to their number', { timeout: 15_000 }, () => {
    // Copying the list for every token would move 1e10 entries.
    const length = 100_000;
    function* tokens() {
      for (let index = 0; index < length; index++) {
        yield { type: 'token', stream: 'answer', index, id: 1, text: 'a', logprob: -1 } as const;
        yield { type: 'dependence', stream: 'answer', index, value: 0, withImage: 0, withoutImage: 0 } as const;
      }
    }
    const { answer } = foldRun(tokens()).streams;
    expect([answer.tokens.length, answer.dependence.length, answer.text.length]).toEqual([length, length, length]);
  });

  test('in portions leaves every earlier state as it was', () => {
    let state = emptyRun();
    const seen: { state: RunState; copy: RunState }[] = [];
    for (let from = 0; from < events.length; from += 3) {
      state = foldEvents(state, events.slice(from, from + 3));
      seen.push({ state, copy: structuredClone(state) });
    }
    for (const { state: kept, copy } of seen) expect(kept).toEqual(copy);
    expect(state).toEqual(foldRun(events));
  });
});

describe('tables', () => {
  test('steps begin with the columns of the released code', () => {
    const [header, first, second, ...rest] = stepsCsv(foldRun(events), dmlr.columns?.(dmlr.space.defaults)).split('\r\n');
    expect(header).toMatch(/^step,reward,sigma,is_new_best,patch_count,patch_budget,/);
    expect(rest).toHaveLength(4);
    const cells = first.split(',');
    expect(cells.slice(0, 6)).toEqual(['0', cells[1], '0.1', 'True', '8', '16']);
    // After the first step the released code writes the decayed sigma.
    expect(Number(second.split(',')[2])).toBeCloseTo(0.095, 12);
  });

  test('text is quoted, and a spreadsheet never takes it for a formula', () => {
    const token = { type: 'token', stream: 'answer', id: 1, logprob: -1 } as const;
    const state = foldRun([
      { ...token, index: 0, text: 'a,"b"\n' },
      { ...token, index: 1, text: '=HYPERLINK("http://x")' },
      { ...token, index: 2, text: '-5' },
    ]);
    expect(tokensCsv(state)).toBe(
      'stream,index,id,text,logprob,dependence,logprob_with_image,logprob_without_image\r\n' +
        'answer,0,1,"a,""b""\n",-1,,,\r\n' +
        'answer,1,1,"\'=HYPERLINK(""http://x"")",-1,,,\r\n' +
        "answer,2,1,'-5,-1,,,\r\n",
    );
  });
});
