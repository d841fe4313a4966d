// The controls of the latent steps: each is another sequence in just the one thing that it is about.
import { describe, expect, test } from 'vitest';
import type { RunEventOf } from '../../../../../src/events/events';
import { norm } from '../../../../../src/math/stats';
import { openStream } from '../../../../../src/math/streams';
import { attributeIvtlr, ivtlrControls } from '../../../../../src/methods/ivtlr/attribution';
import { ivtlr } from '../../../../../src/methods/ivtlr/ivtlr';
import { changedPicture } from '../../../../../src/methods/ivtlr/other-picture';
import { thinkInterleaved } from '../../../../../src/methods/ivtlr/think';
import type { IvtlrSettings } from '../../../../../src/methods/ivtlr/settings';
import type { LatentModel, Row } from '../../../../../src/model/latent-model';
import { runPipeline } from '../../../../../src/run/pipeline';
import { ivtlrSettings } from '../../../../fakes/ivtlr-run';
import { collect, jobWith, randomImage, randomPicture, readPrompt, thinkRun } from '../../../../fakes/jobs';
import { toyModel } from '../../../../fakes/toy-model';

async function controlsWith(changes: Partial<IvtlrSettings> = {}) {
  const model = toyModel();
  const context = await readPrompt(model);
  const settings = ivtlrSettings({ controls: true, latentSteps: 3, patches: 2, ...changes });
  const reread = async (_: unknown, change?: (picture: ReturnType<typeof randomPicture>) => ReturnType<typeof randomPicture>) =>
    readPrompt(model, randomImage(model, change?.(randomPicture())));
  const thinking = thinkInterleaved(thinkRun(model, context, settings, { reread }));
  let next = await thinking.next();
  while (!next.done) next = await thinking.next();
  const made = (await next.value.controls?.()) ?? [];
  const open = model.open();
  next.value.context.release();
  return {
    model,
    context,
    open,
    thought: next.value,
    ids: made.map(({ id }) => id),
    rows: Object.fromEntries(made.map((one) => [one.id, one.rows])),
    made,
  };
}

const images = (rows: readonly Row[]): number[] => rows.flatMap((row) => (row.kind === 'image' ? [row.index] : []));
const vectors = (rows: readonly Row[]): Float32Array[] => rows.flatMap((row) => (row.kind === 'vector' ? [row.data] : []));
const kinds = (rows: readonly Row[]): string => rows.map(({ kind }) => kind[0]).join('');

describe('the sequences', async () => {
  const { rows, context, thought, made, ids, open, model } = await controlsWith();
  const own = rows['result'];

  test('are those announced, after the prompt; only the prompts and the answer’s context stay open', () => {
    expect(ids).toEqual(ivtlrControls(ivtlrSettings({ controls: true })).map(({ id }) => id));
    expect(ids).toEqual(['result', 'no-steps', 'no-text', 'no-vision', 'random-patches', 'other-picture', 'random-words', 'noise']);
    for (const control of made) expect(control.context).toBe(context);
    expect(open).toBe(3);
  });

  test('the run’s own is what the answer followed', () => {
    expect(own).toEqual([...thought.context.appended, ...thought.rows]);
    expect(kinds(own)).toBe('ttttt' + 'iiv'.repeat(3));
  });

  test('parts that are left out', () => {
    expect(rows['no-steps']).toEqual(context.closing.rows);
    expect(kinds(rows['no-text'])).toBe('ttttt' + 'ii'.repeat(3));
    expect(kinds(rows['no-vision'])).toBe('tttttvvv');
    // The first hidden state is the run's, the next ones follow it alone.
    expect(vectors(rows['no-vision'])[0]).toEqual(vectors(own)[0]);
    expect(vectors(rows['no-vision'])[1]).not.toEqual(vectors(own)[1]);
    expect(images(rows['no-text']).slice(0, 2)).toEqual(images(own).slice(0, 2));
  });

  test('random patches: as many, others, and the hidden states that follow them', () => {
    expect(kinds(rows['random-patches'])).toBe(kinds(own));
    expect(images(rows['random-patches'])).not.toEqual(images(own));
    expect(new Set(images(rows['random-patches'])).size).toBe(6);
  });

  test.each(['other-picture', 'random-words', 'noise'])('%s: the run’s patches, other vectors', (id) => {
    expect(kinds(rows[id])).toBe(kinds(own));
    expect(images(rows[id])).toEqual(images(own));
    vectors(rows[id]).forEach((vector, index) => expect(vector).not.toEqual(vectors(own)[index]));
  });

  test('another picture’s hidden states are those of the steps after it', async () => {
    const other = await readPrompt(model, randomImage(model, changedPicture(randomPicture())));
    const last = other.closing.rows.length - 1;
    const want = { topK: 1, hidden: true } as const;
    const [reading] = await model.forward(other, [{ rows: other.closing.rows, logitRows: [last] }], want, { aborted: false });
    expect(vectors(rows['other-picture'])[0]).toEqual(reading.hidden);
  });

  test('noise has the length of what it stands for, random words are embeddings', async () => {
    vectors(rows['noise']).forEach((vector, index) => expect(norm(vector)).toBeCloseTo(norm(vectors(own)[index]), 4));
    const numbers = openStream(ivtlrSettings().seed, 'control words');
    const ids = Uint32Array.from({ length: 3 }, () => Math.floor(40 * numbers.uniform()));
    const embeddings = await model.embed(ids);
    expect(vectors(rows['random-words'])).toEqual([0, 1, 2].map((index) => embeddings.slice(8 * index, 8 * index + 8)));
  });
});

test.each([
  [{}, ['result', 'no-steps', 'no-text', 'no-vision', 'random-patches', 'other-picture', 'random-words', 'noise']],
  [{ visionPart: false }, ['result', 'no-steps', 'other-picture', 'random-words', 'noise']],
  [{ textPart: false }, ['result', 'no-steps', 'random-patches']],
  [{ patchChoice: 'random' }, ['result', 'no-steps', 'no-text', 'no-vision', 'other-picture', 'random-words', 'noise']],
  [{ latentSteps: 0 }, []],
  [{ textPart: false, visionPart: false }, []],
  [{ controls: false }, []],
] as const)('with %j only those that are another sequence than the run’s', async (changes, ids) => {
  expect((await controlsWith(changes)).ids).toEqual(ids);
});

test('a picture is turned by half, and its colours are exchanged', () => {
  const data = Uint8Array.from([1, 2, 3, 4, 5, 6]);
  expect([...changedPicture({ width: 2, height: 1, data }).data]).toEqual([6, 4, 5, 3, 1, 2]);
  expect([...changedPicture({ width: 1, height: 2, data }).data]).toEqual([6, 4, 5, 3, 1, 2]);
});

describe('what the answer goes by', () => {
  const said = (answers: Readonly<Record<string, string>>) =>
    attributeIvtlr(
      Object.entries(answers).map(([control, answer]): RunEventOf<'control'> => ({
        type: 'control',
        control,
        reward: null,
        answer,
        answerCut: false,
        logprob: -1,
      })),
      ({ answer }) => answer,
    );

  test('is told by what keeps it', () => {
    const answers = {
      result: 'a',
      'no-steps': 'b',
      'no-text': 'b',
      'no-vision': 'a',
      'random-patches': 'a',
      'other-picture': 'c',
      'random-words': 'a',
      noise: 'b',
    };
    expect(said(answers)).toEqual({ changedBySteps: true, needs: ['text'], survives: ['random-words'] });
    expect(said({ ...answers, 'no-steps': 'a', 'no-text': 'a', 'random-patches': 'd', 'random-words': 'x' })).toEqual({
      changedBySteps: false,
      needs: ['choice'],
      survives: [],
    });
  });

  test('is not told without the run’s own, nor without the one with no steps; what was not tried is not judged', () => {
    expect(said({ result: 'a', noise: 'a' })).toBeNull();
    expect(said({ 'no-steps': 'a', noise: 'a' })).toBeNull();
    expect(said({ result: 'a', 'no-steps': 'a', 'random-patches': 'a' })).toEqual({ changedBySteps: false, needs: [], survives: null });
  });
});

test('in a run they are decoded after the answer, each after the prompt, and the run’s own says what it said', async () => {
  const model = toyModel();
  const read: [appended: number, rows: number][] = [];
  const generate: LatentModel['generate'] = (context, rows, ...rest) => {
    read.push([context.appended.length, rows.length]);
    return model.generate(context, rows, ...rest);
  };
  const listening = Object.assign(Object.create(model) as typeof model, { generate });
  const settings = { controls: true, maxNewTokens: 4, dependence: false, patches: 2 };
  const events = await collect(runPipeline(jobWith(listening, { method: ivtlr, settings })));
  const controls = events.filter((event) => event.type === 'control');
  const end = events.at(-1);
  expect(controls.map(({ control }) => control)).toEqual(ivtlrControls(ivtlrSettings({ controls: true })).map(({ id }) => id));
  expect(controls[0]).toMatchObject({ control: 'result', answer: end?.type === 'finished' ? end.answer : null });
  const written = events.reduce((sum, event) => sum + (event.type === 'token' ? event.logprob : 0), 0);
  expect(controls[0].logprob).toBeCloseTo(written, 4);
  // The answer follows two steps that have been read and the third's rows; a control all of its rows after the prompt.
  expect(read).toEqual([
    [11, 3],
    [0, 14],
    [0, 5],
    [0, 11],
    [0, 8],
    [0, 14],
    [0, 14],
    [0, 14],
    [0, 14],
  ]);
});
