// The embedded model's reward gradient: the slope of the rewards that its own passes give, and fetched only when it is asked for.
import { expect, test } from 'vitest';
import { rewardOf } from '../../src/methods/dmlr/reward';
import type { Row } from '../../src/model/latent-model';
import { norm } from '../../src/math/stats';
import { fillPrompt, PROMPT_FORMS } from '../../src/prompt/forms';
import { embeddedModel, rampImage } from './helpers';

const go = { aborted: false };
/** Length of a step to either side, in the space of the embeddings, whose rows are about 3.5 long. */
const LENGTH = 0.05;

const fetched = (): boolean => performance.getEntriesByType('resource').some(({ name }) => name.includes('decoder_gradient'));

test.each(['q4', 'fp32'] as const)('it is the slope of the rewards of ordinary passes, row by row (%s)', async (dtype) => {
  const { model } = await embeddedModel('wasm', dtype)();
  if (dtype === 'q4') expect(fetched()).toBe(false);
  const context = await model.prefill(fillPrompt(PROMPT_FORMS.latent, 'How many red circles are there?', 3), rampImage(model), go);
  const { hiddenSize, thinkToken } = model.info;
  const start = await model.embed(Uint32Array.of(thinkToken.id));
  const vectors = [0, 1, 2].map((seed) => start.map((value, i) => value + 0.1 * Math.sin((i + 1) * (seed + 1))));
  const rowsOf = (moved: readonly Float32Array[]): Row[] => [
    { kind: 'vector', data: moved[0] },
    { kind: 'image', index: 7, position: 'next' },
    { kind: 'vector', data: moved[1] },
    { kind: 'vector', data: moved[2] },
  ];
  const scoredRows = [1, 2, 3];
  const rewards = async (moves: readonly (readonly Float32Array[])[]): Promise<number[]> =>
    (
      await model.forward(
        context,
        moves.map((moved) => ({ rows: rowsOf(moved), logitRows: scoredRows })),
        { topK: 10 },
        go,
      )
    ).map((reading) => rewardOf(reading, 'paper', 10));

  const before = model.counts();
  const { reward, gradient } = await model.rewardGradient(context, { rows: rowsOf(vectors), scoredRows, topK: 10 }, go);
  const after = model.counts();
  expect([after.passes - before.passes, after.rows - before.rows]).toEqual([1, 4]);
  expect(fetched()).toBe(true);
  const [here] = await rewards([vectors]);
  expect(reward).toBeCloseTo(here, 5);

  const slopes: number[] = [];
  for (const [latent, row] of [0, 2, 3].entries()) {
    const along = gradient.subarray(row * hiddenSize, (row + 1) * hiddenSize);
    const size = norm(along);
    const moved = (sign: number) =>
      vectors.map((vector, i) => (i === latent ? vector.map((value, at) => value + (sign * LENGTH * along[at]) / size) : vector));
    const [up, down] = await rewards([moved(1), moved(-1)]);
    const slope = (up - down) / (2 * LENGTH);
    expect(Math.abs(slope / size - 1), `row ${row}: ${slope} where ${size} should be`).toBeLessThan(0.02);
    slopes.push(slope);
  }
  expect(Math.min(...slopes)).toBeGreaterThan(0);
  await expect(model.rewardGradient(context, { rows: rowsOf(vectors), scoredRows: [4], topK: 10 }, go)).rejects.toMatchObject({
    value: { code: 'BAD_INPUT' },
  });
  await expect(model.rewardGradient(context, { rows: rowsOf(vectors), scoredRows, topK: 10 }, { aborted: true })).rejects.toMatchObject({
    value: { code: 'CANCELLED' },
  });
  context.release();
});
