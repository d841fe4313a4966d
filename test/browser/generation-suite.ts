// What every device must do with an answer: greedy, sampled, changed by a hook.
import { expect, it } from 'vitest';
import { createRandom } from '../../src/math/random';
import type { Context, Token } from '../../src/model/latent-model';
import type { OnnxModel } from '../../models/model/onnx-model';
import { relativeError } from './numbers';

const go = { aborted: false };

/** The tests, each with a context that `withContext` opens and releases. */
export function itGenerates(withContext: (work: (model: OnnxModel, context: Context) => Promise<void>) => Promise<void>): void {
  const generated = async (tokens: AsyncIterable<Token>): Promise<Token[]> => {
    const all: Token[] = [];
    for await (const token of tokens) all.push(token);
    return all;
  };

  it('generates greedily what reading token by token would choose, and scores it alike', async () => {
    await withContext(async (model, context) => {
      const rows = context.closing.rows;
      const tokens = await generated(model.generate(context, rows, { maxNewTokens: 5 }, go));
      expect(tokens.length).toBeGreaterThan(0);
      expect(tokens.map(({ index }) => index)).toEqual(tokens.map((_, index) => index));
      const scored = await model.score(
        context,
        rows,
        Uint32Array.from(tokens, ({ id }) => id),
        go,
      );
      expect(
        relativeError(
          tokens.map(({ logprob }) => logprob),
          scored,
        ),
      ).toBeLessThan(1e-3);
      const [after] = await model.forward(context, [{ rows, logitRows: [rows.length - 1] }], { topK: 1 }, go);
      expect(after.topIds[0]).toBe(tokens[0].id);
      expect(after.topLogits[0] - after.logSumExp[0]).toBeCloseTo(tokens[0].logprob, 3);
    });
  });

  it('samples by the seeded generator, from as few tokens as it is told', async () => {
    await withContext(async (model, context) => {
      const rows = context.closing.rows;
      const sample = (temperature: number, topK: number, seed: number) =>
        generated(
          model.generate(context, rows, { maxNewTokens: 6, sampling: { temperature, topK, topP: 1, random: createRandom(seed) } }, go),
        );
      const greedy = await generated(model.generate(context, rows, { maxNewTokens: 6 }, go));
      expect(await sample(5, 1, 1)).toEqual(greedy);
      const hot = await sample(50, 40, 1);
      expect(await sample(50, 40, 1)).toEqual(hot);
      expect(hot.map(({ id }) => id)).not.toEqual((await sample(50, 40, 2)).map(({ id }) => id));
      const narrow = { temperature: 50, topK: 40, topP: 0.001, random: createRandom(3) };
      expect(await generated(model.generate(context, rows, { maxNewTokens: 6, sampling: narrow }, go))).toEqual(greedy);
    });
  });

  it('lets a hook change the logits before a token is chosen', async () => {
    await withContext(async (model, context) => {
      const rows = context.closing.rows;
      const plain = await generated(model.generate(context, rows, { maxNewTokens: 2 }, go));
      const seen: number[] = [];
      const hook = (logits: Float32Array, index: number): void => {
        expect(logits).toHaveLength(model.info.vocabularySize);
        seen.push(index);
      };
      expect((await generated(model.generate(context, rows, { maxNewTokens: 2, hook }, go))).map(({ id }) => id)).toEqual(
        plain.map(({ id }) => id),
      );
      expect(seen).toEqual(plain.map((_, index) => index));
      const forbid = (logits: Float32Array): void => void (logits[plain[0].id] = -1e9);
      const [other] = await generated(model.generate(context, rows, { maxNewTokens: 1, hook: forbid }, go));
      const [reading] = await model.forward(context, [{ rows, logitRows: [rows.length - 1] }], { topK: 2 }, go);
      expect(other.id).toBe(reading.topIds[1]);
    });
  });
}
