// A language model as the judge: what it is asked, at which pace, and what happens when it gives no verdict or a wrong one.
import { describe, expect, it } from 'vitest';
import { JudgeQueue, type JudgeOptions } from '../../../../src/evaluation/judge-queue';
import type { ItemLine, Verdict } from '../../../../src/evaluation/log';
import { itemOf, NO_VERDICTS, resultOf } from '../../../fakes/evaluations';

const item = (place: number, ...answers: readonly string[]): ItemLine =>
  itemOf(place, Object.fromEntries(answers.map((text, index) => [`arm${index}`, resultOf(text)])));

/** What a fair judge replies: numbers by name. */
const fair = (user: string): string => {
  const { student_answer } = JSON.parse(user) as { readonly student_answer: string };
  return JSON.stringify({ equivalent: student_answer === 'seven' || student_answer === '7' });
};

function queueOf(reply: (user: string, asked: number) => string, changes: Partial<JudgeOptions> = {}) {
  const verdicts: Verdict[] = [];
  const said: string[] = [];
  const asked: string[] = [];
  const queue = new JudgeQueue({
    ask: (_, user) =>
      new Promise((resolve) => {
        asked.push(user);
        resolve(reply(user, asked.length));
      }),
    name: 'fake',
    save: (verdict) => void verdicts.push(verdict),
    say: (line) => void said.push(line),
    wait: () => Promise.resolve(),
    now: () => 0,
    everyMs: 0,
    atOnce: 1,
    ...changes,
  });
  return { queue, verdicts, said, asked };
}

/** Questions beside the two that are asked first. */
const CONTROLS = 2;

describe('the judge', () => {
  it('is asked only where the strict rules find no equality, once for equal pairs, after two questions of its own', async () => {
    const { queue, verdicts, asked } = queueOf(fair);
    queue.add(item(0, '\\boxed{7}', '\\boxed{seven}', 'seven'), NO_VERDICTS);
    queue.add(item(1, '\\boxed{17}'), NO_VERDICTS);
    expect(await queue.finish()).toEqual({ judged: 3, fallbacks: 0 });
    expect(asked).toHaveLength(CONTROLS + 2);
    expect(verdicts).toEqual([
      { type: 'verdict', place: 0, arm: 'arm1', judge: 'fake', equivalent: true },
      { type: 'verdict', place: 0, arm: 'arm2', judge: 'fake', equivalent: true },
      { type: 'verdict', place: 1, arm: 'arm0', judge: 'fake', equivalent: false },
    ]);
  });

  it('is not asked again about what it has judged', async () => {
    const { queue, asked } = queueOf(fair);
    const verdict: Verdict = { type: 'verdict', place: 1, arm: 'arm0', judge: 'fake', equivalent: false };
    queue.add(item(1, '\\boxed{17}'), new Map([['arm0', verdict]]));
    expect(await queue.finish()).toEqual({ judged: 0, fallbacks: 0 });
    expect(asked).toEqual([]);
    // What another judge said is not its own.
    queue.add(item(1, '\\boxed{17}'), new Map([['arm0', { ...verdict, judge: 'another' }]]));
    expect(await queue.finish()).toEqual({ judged: 1, fallbacks: 0 });
  });

  it.each([
    ['calls everything the same', () => '{"equivalent": true}', 'it called "12" the same as "7"'],
    ['calls everything different', () => '{"equivalent": false}', 'it called "seven" different from "7"'],
    ['writes prose', () => 'I think they agree.', 'it replied with no verdict: "I think they agree."'],
  ])('that %s is told from a judge before it judges anything', async (_, reply, words) => {
    const { queue, verdicts, said, asked } = queueOf(reply);
    for (let place = 0; place < 5; place++) queue.add(item(place, `${place} of them`), NO_VERDICTS);
    expect(await queue.finish()).toEqual({ judged: 0, fallbacks: 5 });
    expect(verdicts).toEqual([]);
    expect(said).toEqual([expect.stringContaining(words)]);
    expect(asked.length).toBeLessThanOrEqual(CONTROLS);
  });

  it('that stops answering is given up after three times in a row; the rules judge the rest, and that is said once', async () => {
    const { queue, verdicts, said, asked } = queueOf((user, number) => {
      if (number > CONTROLS + 1) throw new Error('502 Bad Gateway');
      return fair(user);
    });
    for (let place = 0; place < 9; place++) queue.add(item(place, `${place} of them`), NO_VERDICTS);
    expect(await queue.finish()).toEqual({ judged: 1, fallbacks: 8 });
    expect(verdicts).toHaveLength(1);
    expect(asked).toHaveLength(CONTROLS + 1 + 3);
    expect(said).toEqual([expect.stringMatching(/^The judge fake gave no verdict 3 times in a row \(502 Bad Gateway\): the strict rules/)]);
  });

  it('may fail now and then', async () => {
    const { queue, said } = queueOf((user, number) => (number > CONTROLS && number % 2 === 0 ? 'Hm.' : fair(user)));
    for (let place = 0; place < 8; place++) queue.add(item(place, `${place} of them`), NO_VERDICTS);
    expect(await queue.finish()).toEqual({ judged: 4, fallbacks: 4 });
    expect(said).toEqual([]);
  });

  it('is asked at a pace', async () => {
    let time = 0;
    const starts: number[] = [];
    const { queue } = queueOf(
      (user) => {
        starts.push(time);
        return fair(user);
      },
      {
        everyMs: 100,
        now: () => time,
        wait: (ms) => {
          time += ms;
          return Promise.resolve();
        },
      },
    );
    for (let place = 0; place < 3; place++) queue.add(item(place, `${place} of them`), NO_VERDICTS);
    await queue.finish();
    expect(starts).toEqual([0, 100, 200, 300, 400]);
  });

  it('is asked nothing more once it is stopped', async () => {
    const { queue, asked } = queueOf(fair);
    queue.stop();
    queue.add(item(0, '17'), NO_VERDICTS);
    expect(await queue.finish()).toEqual({ judged: 0, fallbacks: 1 });
    expect(asked.length).toBeLessThanOrEqual(CONTROLS);
  });
});
