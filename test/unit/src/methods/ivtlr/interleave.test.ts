// The latent steps on the toy model: what each reads and appends, in both orders and under every policy.
import { describe, expect, test } from 'vitest';
import { topIndices } from '../../../../../src/math/stats';
import { interleave } from '../../../../../src/methods/ivtlr/interleave';
import type { LatentPlan } from '../../../../../src/methods/ivtlr/plan';
import type { Row } from '../../../../../src/model/latent-model';
import { createRandom } from '../../../../../src/math/random';
import { PLAN, takeSteps } from '../../../../fakes/ivtlr-run';
import { NEVER, readPrompt } from '../../../../fakes/jobs';
import { HIDDEN, toyModel } from '../../../../fakes/toy-model';

/** A sequence in words: `h` a vector, a number an image token at the next position. */
const inWords = (rows: readonly Row[]): readonly (string | number)[] =>
  rows.map((row) => (row.kind === 'vector' ? 'h' : row.kind === 'token' ? 't' : row.position === 'next' ? row.index : 'original'));

describe('what a step reads and appends', () => {
  test.each(['release', 'paper'] as const)('order %s: every pass reads what the step before appended, and no more', async (order) => {
    const { model, parts, end, prompt } = await takeSteps({ order });
    const step = (index: number): readonly (string | number)[] => {
      const { patches } = parts[index];
      return order === 'paper' ? ['h', ...patches] : [...patches, 'h'];
    };
    expect(parts.map(({ patches }) => patches.length)).toEqual([3, 3, 3]);
    expect(model.candidates.map(({ rows }) => inWords(rows))).toEqual([prompt.closing.rows.map(() => 't'), step(0), step(1)]);
    expect(inWords(end.rows)).toEqual(step(2));
    expect(parts.map(({ length }) => length)).toEqual([1, 2, 3].map((steps) => prompt.length + prompt.closing.rows.length + 4 * steps));
    expect(end.context.length).toBe(parts[1].length);
  });

  test.each(['release', 'paper'] as const)(
    'order %s: hidden states and attention are those of one pass over the whole sequence',
    async (order) => {
      const { model, parts, prompt } = await takeSteps({ order });
      const rows = [...prompt.closing.rows, ...parts.slice(0, 2).flatMap((part) => part.rows)];
      const asked = [0, 1, 2].map((steps) => prompt.closing.rows.length + 4 * steps - 1);
      const want = { topK: 1, hidden: true, keys: 'all' } as const;
      const [whole] = await model.forward(prompt, [{ rows, logitRows: asked, attentionRows: asked }], want, NEVER);
      const keys = prompt.length + rows.length;
      const image = prompt.image as NonNullable<typeof prompt.image>;
      parts.forEach(({ hidden, attention, patches }, index) => {
        expect(hidden).toEqual(whole.hidden.slice(index * HIDDEN, (index + 1) * HIDDEN));
        const own = whole.attention.slice(index * keys + image.start, index * keys + image.start + image.length);
        expect(attention).toEqual(own);
        expect(patches).toEqual(topIndices(own, 3, new Set(parts.slice(0, index).flatMap((part) => part.patches))));
      });
      const vectors = parts.map((part) => part.rows.find((row) => row.kind === 'vector')?.data);
      expect(vectors).toEqual(parts.map(({ hidden }) => hidden));
    },
  );

  test('shares tell prompt, image, inserted image tokens and hidden states apart and add up to 1', async () => {
    const { parts, prompt } = await takeSteps();
    const image = prompt.image?.length ?? 0;
    const text = prompt.length - image + prompt.closing.rows.length;
    expect(
      parts.map(({ shares }) => [shares.image, shares.inserted, shares.latents, shares.text, shares.answer].map(({ keys }) => keys)),
    ).toEqual([
      [image, 0, 0, text, 0],
      [image, 3, 1, text, 0],
      [image, 6, 2, text, 0],
    ]);
    for (const { shares, attention } of parts) {
      expect(shares.image.sum + shares.inserted.sum + shares.latents.sum + shares.text.sum).toBeCloseTo(1, 5);
      expect(shares.image.sum).toBeCloseTo(
        attention.reduce((sum, share) => sum + share, 0),
        6,
      );
    }
  });
});

describe('which image tokens', () => {
  const lists = async (changes: Partial<LatentPlan>): Promise<readonly (readonly number[])[]> =>
    (await takeSteps({ steps: 4, ...changes })).parts.map(({ patches }) => patches);

  test('never: none is inserted twice, and the last steps take what is left', async () => {
    const taken = await lists({ patches: 5 });
    expect(taken.map(({ length }) => length)).toEqual([5, 5, 2, 0]);
    expect(new Set(taken.flat()).size).toBe(12);
    expect((await takeSteps({ steps: 4, patches: 5 })).parts.map(({ allowed }) => allowed)).toEqual([12, 7, 2, 0]);
  });

  test('next-step-only: a step has none of the step before it, and may have those of the one before that', async () => {
    const taken = await lists({ patches: 6, reuse: 'next-step-only' });
    for (const [index, list] of taken.slice(1).entries()) expect(list.filter((patch) => taken[index].includes(patch))).toEqual([]);
    expect(new Set(taken[2])).toEqual(new Set(taken[0]));
    expect(new Set(taken[3])).toEqual(new Set(taken[1]));
  });

  test('always: each step takes the largest', async () => {
    const { parts } = await takeSteps({ steps: 4, patches: 12, reuse: 'always' });
    for (const { attention, patches, allowed } of parts) {
      expect(patches).toEqual(topIndices(attention, 12));
      expect(allowed).toBe(12);
    }
  });

  test('at random: as many, allowed, drawn from the given numbers', async () => {
    const taken = await lists({ choice: 'random' });
    expect(taken.map(({ length }) => length)).toEqual([3, 3, 3, 3]);
    expect(new Set(taken.flat()).size).toBe(12);
    expect(await lists({ choice: 'random' })).toEqual(taken);
    expect(taken).not.toEqual(await lists({}));
  });
});

describe('without a part', () => {
  test('no text: image tokens alone; without any left the answer follows what was there', async () => {
    const { parts, end, model } = await takeSteps({ text: false, patches: 8 });
    expect(parts.map(({ rows }) => inWords(rows).length)).toEqual([8, 4]);
    expect(end.complete).toBe(false);
    expect(inWords(end.rows)).toEqual(parts[1].patches);
    expect(end.context.length).toBe(parts[0].length);
    end.context.release();
    expect(model.open()).toBe(1);
  });

  test('no vision: a chain of hidden states', async () => {
    const { parts, end } = await takeSteps({ vision: false, patches: 0 });
    expect(parts.map(({ rows }) => inWords(rows))).toEqual([['h'], ['h'], ['h']]);
    expect(end.complete).toBe(true);
  });

  test('no steps: the closing after the prompt', async () => {
    const { end, model, prompt } = await takeSteps({ steps: 0 });
    expect(end).toEqual({ context: prompt, rows: prompt.closing.rows, complete: true });
    expect(model.candidates).toEqual([]);
  });
});

describe('contexts', () => {
  test('at the end one longer context is open, the caller’s', async () => {
    const { model, end } = await takeSteps();
    expect(model.open()).toBe(2);
    end.context.release();
    expect(model.open()).toBe(1);
  });

  test.each([1, 2, 3])('an abort before pass %i stops it there and leaves the prompt alone', async (at) => {
    const signal = { aborted: false };
    const model = toyModel({ onPass: (passes) => void (passes === at && (signal.aborted = true)) });
    await expect(takeSteps({}, model, signal)).rejects.toMatchObject({ value: { code: 'CANCELLED' } });
    expect(model.counts().passes).toBe(at + 1);
    expect(model.open()).toBe(1);
  });

  test('leaving early releases what was read', async () => {
    const model = toyModel();
    const prompt = await readPrompt(model);
    const steps = interleave(
      model,
      prompt,
      PLAN,
      () => createRandom(1),
      NEVER,
      (part) => part,
    );
    await steps.next();
    await steps.next();
    expect(model.open()).toBe(2);
    await steps.return({ context: prompt, rows: [], complete: false });
    expect(model.open()).toBe(1);
  });
});
