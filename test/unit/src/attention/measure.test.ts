// The attention of an answer's tokens: read again in one pass or in stretches, with whole runs and their recordings.
import { describe, expect, test } from 'vitest';
import { answerAttention } from '../../../../src/attention/measure';
import { kindsOf, sharesOf } from '../../../../src/attention/shares';
import { tokensCsv } from '../../../../src/events/csv';
import type { RunEvent } from '../../../../src/events/events';
import { foldRun } from '../../../../src/events/fold';
import { parseRecord } from '../../../../src/events/read-record';
import { writeRecord } from '../../../../src/events/record';
import { METHODS } from '../../../../src/methods/registry';
import type { LatentModel, Row } from '../../../../src/model/latent-model';
import { collect, NEVER, readPrompt, toyRun } from '../../../fakes/jobs';
import { toyModel } from '../../../fakes/toy-model';
import { faultOf } from '../../../faults';

const TOKENS = Uint32Array.from([4, 9, 2, 17, 33]);

async function measured(layers = 1) {
  const model = toyModel();
  const prompt = await readPrompt(model);
  const large: LatentModel = Object.assign(Object.create(model) as LatentModel, { info: { ...model.info, layers } });
  const events = await collect(answerAttention(large, { context: prompt, rows: prompt.closing.rows, tokens: TOKENS }, NEVER));
  return { model, prompt, events };
}

describe('every token', () => {
  test('is measured at the row that gave it, over the rows up to that', async () => {
    const { model, prompt, events } = await measured();
    const rows: Row[] = [...prompt.closing.rows, ...Array.from(TOKENS.subarray(0, 4), (id): Row => ({ kind: 'token', id }))];
    const before = prompt.closing.rows.length;
    for (const [index, { shares }] of events.entries()) {
      const upTo = rows.slice(0, before + index);
      const row = upTo.length - 1;
      const [alone] = await model.forward(
        prompt,
        [{ rows: upTo, logitRows: [row], attentionRows: [row] }],
        { topK: 1, keys: 'all' },
        NEVER,
      );
      expect(shares).toEqual(sharesOf(alone.attention, kindsOf(prompt, upTo, before)));
      expect(shares.answer.keys).toBe(index);
    }
    expect(events.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4]);
  });

  test('costs one pass over the rows before the answer and its tokens but the last', async () => {
    const { model, prompt } = await measured();
    expect(model.candidates.map(({ rows }) => rows.length)).toEqual([prompt.closing.rows.length + 4]);
    expect(model.open()).toBe(1);
  });

  test('a model of many layers is read in stretches, to the same numbers', async () => {
    // Two rows of attention are as much as is read at once.
    const { model, prompt, events } = await measured(60_000);
    const length = prompt.length + prompt.closing.rows.length + 4;
    expect(Math.floor((64 * 2 ** 20) / (4 * 60_000 * length))).toBe(2);
    expect(model.candidates.map(({ rows }) => rows.length)).toEqual([prompt.closing.rows.length + 1, 2, 1]);
    const whole = await measured();
    for (const [index, { shares }] of events.entries()) {
      expect(shares.image.sum).toBeCloseTo(whole.events[index].shares.image.sum, 6);
      expect(shares.answer).toEqual({ keys: index, sum: expect.closeTo(whole.events[index].shares.answer.sum, 6) as number });
    }
    expect(model.open()).toBe(1);
  });
});

describe('a run that measures', async () => {
  const events = await toyRun({ method: METHODS.get('cot'), settings: { attention: true, maxNewTokens: 4 } });
  const told = events.filter((event) => event.type === 'attention');

  test('tells every token of its answer in a phase of its own, and is read back', () => {
    const written = events.filter((event) => event.type === 'token');
    expect(told.map(({ index }) => index)).toEqual(written.map(({ index }) => index));
    expect(events.findIndex((event) => event.type === 'phase' && event.phase === 'attention')).toBeLessThan(events.indexOf(told[0]));
    expect(parseRecord(writeRecord(events), METHODS).events).toEqual(events);
    expect(foldRun(events).attention).toEqual(told.map(({ shares }) => shares));
    expect(tokensCsv(foldRun(events)).split('\r\n')[0]).toContain('attention_image,rows_image,');
  });

  const at = events.indexOf(told[1]);
  const refused = (run: readonly RunEvent[]): string => faultOf(() => parseRecord(writeRecord(run), METHODS)).message;
  test.each<[string, readonly RunEvent[], string]>([
    ['a token left out', events.toSpliced(at, 1), 'comes where that of 1 should'],
    ['the last one missing', events.filter((event) => event !== told.at(-1)), 'attention of 1 tokens is missing'],
    ['one too many', events.toSpliced(at, 0, { ...told[0], index: 9 }), 'no token 9'],
    ['over other rows', events.with(at, { ...told[1], shares: told[0].shares }), 'rows where there are'],
    ['outside its phase', [...events.slice(0, -1), told[0], ...events.slice(-1)], 'does not belong into phase "dependence"'],
  ])('%s is refused', (_, run, words) => {
    expect(refused(run)).toContain(words);
  });
});
