// The loop of an evaluation on the toy model: a line for each entry, whatever goes wrong with one; nothing half done when it is stopped.
import { describe, expect, it } from 'vitest';
import { evaluate } from '../../../../src/evaluation/evaluate';
import { readLine, writeLine } from '../../../../src/evaluation/log';
import { EngineFault, fault } from '../../../../src/errors';
import type { RunEvent } from '../../../../src/events/events';
import { toyEvaluation, toyItems } from '../../../fakes/evaluations';

const broken = (retry: boolean, code: 'DEVICE_LOST' | 'BAD_IMAGE' = 'DEVICE_LOST'): RunEvent => ({
  type: 'failed',
  error: fault(code, 'It broke.', 'Mend it.', { retry }).value,
});

describe('an evaluation', () => {
  it('gives each item a line with the results of every arm, and keeps their runs first', async () => {
    const { evaluation, lines, kept } = toyEvaluation();
    expect(await evaluate(toyItems(2), evaluation)).toBe('done');
    expect(lines.map(({ place }) => place)).toEqual([0, 1]);
    const [line] = lines;
    if (line.type !== 'item') throw new Error('no item');
    expect(Object.keys(line.arms)).toEqual(['dmlr', 'direct']);
    const { dmlr, direct } = line.arms;
    expect(dmlr.reward?.best).toBeGreaterThanOrEqual(dmlr.reward?.start ?? Infinity);
    expect(dmlr.steps?.columns.slice(0, 6)).toEqual(['step', 'reward', 'sigma', 'is_new_best', 'patch_count', 'patch_budget']);
    expect(dmlr.steps?.columns).not.toContain('ms');
    expect(dmlr.steps?.rows).toHaveLength(3);
    expect(dmlr.untouched?.text.length).toBeGreaterThan(0);
    expect(dmlr.answer.dependence).toHaveLength(dmlr.answer.tokens);
    expect(dmlr.ms).toBeNull();
    expect(direct).toMatchObject({ untouched: null, reward: null, steps: null, answer: { dependence: null } });
    expect(kept.map(([idx, arm]) => `${idx} ${arm}`)).toEqual(['10 dmlr', '10 direct', '11 dmlr', '11 direct']);
    // What is written is what is read.
    expect(readLine(writeLine(line), 2, 'log')).toEqual(line);
  });

  it('gives the same lines whether it is made in one go or in two', async () => {
    const whole = toyEvaluation();
    await evaluate(toyItems(4), whole.evaluation);
    const first = toyEvaluation();
    await evaluate(toyItems(4).slice(0, 1), first.evaluation);
    const second = toyEvaluation();
    await evaluate(toyItems(4).slice(1), second.evaluation);
    expect([...first.lines, ...second.lines].map(writeLine)).toEqual(whole.lines.map(writeLine));
  });

  it('says of each entry why it has no result, and goes on', async () => {
    const entries = [
      { place: 0, idx: null, problem: 'Item 1 has no "idx".' },
      ...toyItems(5).map((item, index) => ({ ...item, place: index + 1 })),
    ];
    const { evaluation: plain } = toyEvaluation();
    const { evaluation, lines } = toyEvaluation({
      picture: (item) =>
        item.idx === 11 ? Promise.reject(fault('BAD_INPUT', 'There is no file "1.png".', 'Put it there.')) : Promise.resolve(''),
      ask(request, event) {
        if (request.question === 'Question 2?') event(0, broken(false));
        else if (request.question === 'Question 3?') event(0, broken(false, 'BAD_IMAGE'));
        else return plain.ask(request, event);
        return Promise.resolve(null);
      },
    });
    expect(await evaluate(entries, evaluation)).toBe('done');
    expect(lines.map((line) => (line.type === 'item' ? line.idx : `${line.kind}: ${line.message}`))).toEqual([
      'dataset: Item 1 has no "idx".',
      10,
      'picture: Item 3 (idx 11): There is no file "1.png". Put it there.',
      'run: Item 4 (idx 12): dmlr: It broke.',
      'picture: Item 5 (idx 13): dmlr: It broke.',
      14,
    ]);
  });

  it('tries an item again whose run failed in a way that may pass, from its first arm on', async () => {
    const asked: string[] = [];
    const { evaluation: plain } = toyEvaluation();
    const { evaluation, lines, kept } = toyEvaluation({
      ask(request, event) {
        asked.push(request.question);
        if (asked.length > 1) return plain.ask(request, event);
        // The browser is gone in the middle of the first run: no terminal event.
        return Promise.resolve(fault('INTERNAL', 'The browser has gone.', 'Run again.', { retry: true }).value);
      },
    });
    await evaluate(toyItems(1), evaluation);
    expect(asked).toEqual(['Question 0?', 'Question 0?']);
    expect(lines.map(({ type }) => type)).toEqual(['item']);
    expect(kept).toHaveLength(2);

    const again = toyEvaluation({ ask: (_, event) => Promise.resolve(event(0, broken(true))).then(() => null) });
    await evaluate(toyItems(1), again.evaluation);
    expect(again.lines).toMatchObject([{ type: 'problem', kind: 'run' }]);
  });

  it('ends when many items in a row fail: what has been written stays', async () => {
    const { evaluation, lines } = toyEvaluation({ ask: (_, event) => Promise.resolve(event(0, broken(false))).then(() => null) });
    const thrown: unknown = await evaluate(toyItems(9), evaluation).catch((error: unknown) => error);
    expect(thrown).toBeInstanceOf(EngineFault);
    expect((thrown as EngineFault).value.message).toContain('5 items in a row');
    expect(lines).toHaveLength(5);
    // A missing picture is no sign of that.
    const pictures = toyEvaluation({ picture: () => Promise.reject(fault('BAD_INPUT', 'There is no file.', 'Put it there.')) });
    expect(await evaluate(toyItems(9), pictures.evaluation)).toBe('done');
    expect(pictures.lines).toHaveLength(9);
  });

  it('writes nothing of the item in which it is stopped', async () => {
    const stop = new AbortController();
    const { evaluation: plain } = toyEvaluation();
    const { evaluation, lines, kept } = toyEvaluation({
      signal: stop.signal,
      async ask(request, event) {
        if (request.question !== 'Question 1?') return plain.ask(request, event);
        // The first arm ends, the second is stopped.
        await plain.ask({ ...request, arms: request.arms.slice(0, 1) }, event);
        stop.abort();
        event(1, { type: 'cancelled', step: null });
        return null;
      },
    });
    expect(await evaluate(toyItems(2), evaluation)).toBe('stopped');
    expect(lines.map(({ place }) => place)).toEqual([0]);
    expect(kept.map(([idx]) => idx)).toEqual([10, 10]);
  });

  it('can be stopped while nothing else than its own work is going on', async () => {
    const stop = new AbortController();
    const entries = Array.from({ length: 50 }, (_, place) => ({ place, idx: place, problem: 'It is none.' }));
    const { evaluation, lines } = toyEvaluation({
      turn: () => new Promise((resolve) => setImmediate(resolve)),
      signal: stop.signal,
    });
    setImmediate(() => stop.abort());
    expect(await evaluate(entries, evaluation)).toBe('stopped');
    expect(lines.length).toBeLessThan(5);
  });

  it('is ended by what concerns all items', async () => {
    const { evaluation, lines } = toyEvaluation({ ask: () => Promise.reject(fault('BAD_MODEL', 'It does not load.', 'Take another.')) });
    await expect(evaluate(toyItems(2), evaluation)).rejects.toThrow('It does not load.');
    expect(lines).toEqual([]);
  });
});
