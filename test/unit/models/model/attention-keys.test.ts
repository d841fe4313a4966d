// Attention over all rows: of candidates that share a pass each one's own, and of a prompt without a picture.
import { expect, test } from 'vitest';
import type { Candidate, Row } from '../../../../src/model/latent-model';
import { NEVER, randomImage } from '../../../fakes/jobs';
import { openToy } from '../../../fakes/toy-family';

const PROMPT = { system: '', user: [{ kind: 'image' }, { kind: 'text', text: 'What is it?', role: 'question' }] } as const;
const tokens = (...ids: number[]): Row[] => ids.map((id) => ({ kind: 'token', id }));
const CANDIDATES: readonly Candidate[] = [
  { rows: tokens(4, 5, 6), logitRows: [2], attentionRows: [0, 2] },
  { rows: tokens(7, 8), logitRows: [1], attentionRows: [1] },
];

test('every candidate is given the context’s rows and its own, whether or not they share a pass', async () => {
  const lengths: number[][] = [];
  const readings = await Promise.all(
    [true, false].map(async (packs) => {
      const model = openToy(packs);
      const context = await model.prefill(PROMPT, model.prepareImage(randomImage().picture, { minPixels: 1, maxPixels: 1e9 }), NEVER);
      // The family's own arithmetic numbers columns from the first that is read; what it gives a column shows where it was taken from.
      const read = await model.forward(context, CANDIDATES, { topK: 1, keys: 'all' }, NEVER);
      lengths.push(read.map(({ attention }) => attention.length));
      expect(read.map(({ attention }) => attention.length)).toEqual([2 * (context.length + 3), context.length + 2]);
      const image = await model.forward(context, CANDIDATES, { topK: 1 }, NEVER);
      expect(image.map(({ attention }) => attention.length)).toEqual([2 * 4, 4]);
      return { read, context: context.length, passes: model.decoder.passes };
    }),
  );
  const [packed, single] = readings;
  expect(packed.passes.at(-1)?.attention).toMatchObject({ rows: [0, 2, 4] });
  expect(packed.passes.at(-2)?.attention).toMatchObject({ rows: [0, 2, 4], start: 0, end: packed.context + 5 });
  expect(single.passes.at(-3)?.attention).toMatchObject({ rows: [1], start: 0, end: single.context + 2 });
  // The second candidate's own rows are columns 3 and 4 after the context's: six columns later the toy's numbers come again.
  const own = packed.read[1].attention;
  const whole = single.read[1].attention;
  expect(own.slice(0, packed.context)).toEqual(whole.slice(0, packed.context));
  const column = (values: Float32Array, index: number): number => values[index % 6];
  expect([...own.slice(packed.context)]).toEqual([3, 4].map((row) => column(whole, packed.context + row)));
});

test('a prompt without a picture has attention over its text, and none over an image', async () => {
  const model = openToy();
  const context = await model.prefill({ system: '', user: [{ kind: 'text', text: 'Why?', role: 'question' }] }, null, NEVER);
  const [reading] = await model.forward(context, [CANDIDATES[1]], { topK: 1, keys: 'all' }, NEVER);
  expect(reading.attention).toHaveLength(context.length + 2);
  await expect(model.forward(context, [CANDIDATES[1]], { topK: 1 }, NEVER)).rejects.toThrow('the prompt has no picture');
});
