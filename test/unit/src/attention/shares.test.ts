// What rows attend to: kinds of rows, the sums over them, the attention ratio and the focus.
import { expect, test } from 'vitest';
import { attentionFocus, attentionRatio, kindsOf, sharesOf } from '../../../../src/attention/shares';
import { sentenceAttention } from '../../../../src/attention/sentences';
import { type AttentionShares, sharesProblem } from '../../../../src/events/shares';
import type { Row } from '../../../../src/model/latent-model';
import { NEVER, readPrompt } from '../../../fakes/jobs';
import { HIDDEN, toyModel } from '../../../fakes/toy-model';

const vector: Row = { kind: 'vector', data: new Float32Array(HIDDEN) };
const token: Row = { kind: 'token', id: 3 };
const image: Row = { kind: 'image', index: 0, position: 'next' };

test('rows of the prompt, of what was appended and of what follows are told apart', async () => {
  const model = toyModel();
  const prompt = await readPrompt(model);
  const { context } = await model.advance(prompt, { rows: [token, image, vector], logitRows: [0] }, { topK: 1 }, NEVER);
  const kinds = kindsOf(context, [vector, token, token], 2);
  const { start, length } = prompt.image as NonNullable<typeof prompt.image>;
  expect(kinds).toHaveLength(prompt.length + 6);
  expect(kinds.map((kind, row) => (kind === 'image' ? row : -1)).filter((row) => row >= 0)).toEqual(
    Array.from({ length }, (_, index) => start + index),
  );
  expect(kinds.slice(prompt.length)).toEqual(['text', 'inserted', 'latents', 'latents', 'text', 'answer']);
});

const shares = sharesOf([0.1, 0.2, 0.3, 0.15, 0.05, 0.2], ['text', 'image', 'image', 'inserted', 'latents', 'answer']);

test('sums and entropy', () => {
  expect(shares.image.sum).toBeCloseTo(0.5, 12);
  expect(Object.values(shares).map((part) => (typeof part === 'number' ? 'H' : part.keys))).toEqual([2, 1, 1, 1, 1, 'H']);
  expect(shares.entropy).toBeCloseTo(-[0.1, 0.2, 0.3, 0.15, 0.05, 0.2].reduce((sum, p) => sum + p * Math.log(p), 0), 12);
  expect(sharesOf([1, 0], ['text', 'image']).entropy).toBe(0);
});

test('R is attention over images by that over text, latents and answer; per row where asked', () => {
  expect(attentionRatio(shares, ['image'])).toBeCloseTo(0.5 / 0.35, 12);
  expect(attentionRatio(shares, ['inserted'])).toBeCloseTo(0.15 / 0.35, 12);
  expect(attentionRatio(shares, ['image', 'inserted'])).toBeCloseTo(0.65 / 0.35, 12);
  expect(attentionRatio(shares, ['image', 'inserted'], true)).toBeCloseTo(0.65 / 3 / (0.35 / 3), 12);
  expect(attentionRatio(shares, ['image'], true)).toBeCloseTo(0.25 / (0.35 / 3), 12);
  expect(attentionRatio(sharesOf([1], ['text']), ['image'])).toBeNull();
});

test('F is one by the entropy, or by its share of the largest that there can be', () => {
  expect(attentionFocus(shares)).toBeCloseTo(1 / (shares.entropy + 1e-6), 12);
  expect(attentionFocus(shares, true)).toBeCloseTo(1 / (shares.entropy / Math.log(6) + 1e-6), 12);
  const even = (keys: number): AttentionShares => sharesOf(new Array<number>(keys).fill(1 / keys), new Array<'text'>(keys).fill('text'));
  expect(attentionFocus(even(4), true)).toBeCloseTo(attentionFocus(even(400), true), 6);
  expect(attentionFocus(even(1), true)).toBeCloseTo(1e6, 0);
});

test('shares that cannot be are named', () => {
  expect(sharesProblem(shares, 6)).toBeNull();
  expect(sharesProblem(shares, null)).toBeNull();
  expect(sharesProblem(shares, 7)).toContain('over 6 rows where there are 7');
  expect(sharesProblem({ ...shares, image: { sum: 0, keys: 2 } }, 6)).toContain('adds up to');
  expect(sharesProblem({ ...shares, answer: { sum: 0.2, keys: 0 } }, null)).toContain('none');
  expect(sharesProblem({ ...shares, entropy: 2 }, 6)).toContain('entropy');
});

test('an answer is taken apart into sentences, each with the mean of its tokens', () => {
  const tokens = ['It', ' is 3', '.', '5', '. ', 'Then', ' red', '!', '\n', '\\boxed', '{b}', ''].map((text) => ({ text }));
  const attention = tokens.map((_, index) => sharesOf([index / 100, 1 - index / 100], ['image', 'text']));
  const found = sentenceAttention(tokens, attention);
  expect(found.map(({ text, first, last }) => [text, first, last])).toEqual([
    ['It is 3.5. ', 0, 4],
    ['Then red!', 5, 7],
    ['\n', 8, 8],
    ['\\boxed{b}', 9, 11],
  ]);
  expect(found[0].shares.image).toEqual({ sum: expect.closeTo(0.02, 12) as number, keys: 1 });
  expect(found[1].shares.text.sum).toBeCloseTo(0.94, 12);
  expect(found[1].shares.entropy).toBeCloseTo((attention[5].entropy + attention[6].entropy + attention[7].entropy) / 3, 12);
  expect(sentenceAttention(tokens, attention.slice(0, 5))).toHaveLength(1);
});
