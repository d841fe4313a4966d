// How the latents move: the paper's rule, pairs, baselines, shaping, steps of fixed length, Adam, and noise that follows success.
import { describe, expect, test } from 'vitest';
import { createRandom, normalArray } from '../../../../../src/math/random';
import {
  drawPerturbations,
  initLatents,
  perturb,
  shapeRewards,
  updateLatents,
  type UpdateRule,
} from '../../../../../src/methods/dmlr/update';

describe('update', () => {
  const z = Float32Array.of(1, -2, 0.5, 0);
  const start = initLatents(Float32Array.of(1, 1, 1, 1), 0.5);
  const rule: UpdateRule = {
    unit: 0.1,
    learningRate: 0.2,
    sigmaDecay: 0.9,
    rewardBaseline: 'none',
    shaping: 'raw',
    updateRule: 'reinforce',
    momentum: 0,
    sigmaAdaptation: 'decay',
  };
  const pair = [
    { z, sign: 1 },
    { z, sign: -1 },
  ] as const;
  const moves = (rewards: readonly number[], changes: Partial<UpdateRule> = {}, current: number | null = null) =>
    updateLatents(start, pair, rewards, current, { ...rule, ...changes });
  const moved = (factor: number) => [...z].map((value) => Math.fround(1 + factor * value));

  test('perturbs by u sigma z, and by its mirror image', () => {
    expect([...perturb(start, { z, sign: 1 }, 0.1)]).toEqual([1.05, 0.9, 1.025, 1].map(Math.fround));
    expect([...perturb(start, { z, sign: -1 }, 0.1)]).toEqual([0.95, 1.1, 0.975, 1].map(Math.fround));
  });

  test('the paper: moves by u eta R z / sigma and decays sigma', () => {
    const { state, updateNorm } = updateLatents(start, [{ z, sign: 1 }], [3], null, rule);
    // 0.1 * 0.2 * 3 / 0.5 = 0.12
    expect([...state.latents]).toEqual([1.12, 0.76, 1.06, 1].map(Math.fround));
    expect(state.sigma).toBeCloseTo(0.45, 12);
    expect(updateNorm).toBeCloseTo(0.12 * Math.sqrt(1 + 4 + 0.25), 12);
    expect([...start.latents]).toEqual([1, 1, 1, 1]);
  });

  test('a pair moves by half the difference of its rewards, whatever both have in common', () => {
    // 0.1 * 0.2 * (3 - 1) / 2 / 0.5 = 0.04
    for (const common of [0, 100]) expect([...moves([3 + common, 1 + common]).state.latents]).toEqual(moved(0.04));
    expect(moves([5, 5]).updateNorm).toBe(0);
  });

  test('a baseline is taken off every reward', () => {
    const one = (rewardBaseline: UpdateRule['rewardBaseline']) =>
      updateLatents(start, [{ z, sign: 1 }], [3], 2, { ...rule, rewardBaseline });
    expect([...one('current').state.latents]).toEqual(moved(0.04));
    expect(one('mean').updateNorm).toBe(0);
  });

  test('a step of fixed length: eta noise units a number, along the estimate, none without one', () => {
    const { state, updateNorm } = moves([3, 1], { updateRule: 'normalised' });
    expect(updateNorm).toBeCloseTo(0.1 * 0.2 * Math.sqrt(4), 12);
    expect((state.latents[1] - 1) / (state.latents[0] - 1)).toBeCloseTo(-2, 4);
    expect(moves([1, 3], { updateRule: 'normalised' }).state.latents[0]).toBeLessThan(1);
    expect(moves([2, 2], { updateRule: 'normalised' }).updateNorm).toBe(0);
  });

  test('momentum keeps the direction of the steps before, whatever their size', () => {
    const ahead = { ...rule, updateRule: 'normalised', momentum: 0.5 } as const;
    const first = updateLatents(start, pair, [300, 100], null, ahead);
    expect(first.updateNorm).toBeCloseTo(0.1 * 0.2 * Math.sqrt(4), 12);
    // An estimate without a direction: on along the one before, and just as far.
    const on = updateLatents(first.state, pair, [2, 2], null, ahead);
    expect(on.updateNorm).toBeCloseTo(first.updateNorm, 12);
    expect(on.state.latents[0]).toBeGreaterThan(first.state.latents[0]);
    // A small estimate the other way outweighs half of a large one.
    const back = updateLatents(first.state, pair, [1, 1.001], null, ahead);
    expect(back.state.latents[0]).toBeLessThan(first.state.latents[0]);
    expect(updateLatents(first.state, pair, [2, 2], null, { ...ahead, momentum: 0 }).updateNorm).toBe(0);
  });

  test('Adam: the first step has the learning rate in every number, and the next remembers it', () => {
    const first = moves([3, 1], { updateRule: 'adam' });
    expect([...first.state.latents].map((value) => Number((value - 1).toFixed(5)))).toEqual([0.02, -0.02, 0.02, 0]);
    const still = updateLatents(first.state, pair, [2, 2], null, { ...rule, updateRule: 'adam' });
    expect(still.state.latents[0]).toBeGreaterThan(first.state.latents[0]);
  });

  test('noise follows success: it grows when more than a fifth beat the latents without noise', () => {
    const sigma = (rewards: number[]) => moves(rewards, { sigmaAdaptation: 'success' }, 2).state.sigma;
    expect(sigma([3, 1])).toBeCloseTo(0.5 / 0.9, 12);
    expect(sigma([2, 1])).toBeCloseTo(0.45, 12);
  });

  test('perturbations come sample by sample, each pair sharing its numbers', () => {
    const drawn = drawPerturbations(createRandom(3), 2, { samples: 2, antithetic: true });
    expect(drawn.map(({ sign }) => sign)).toEqual([1, -1, 1, -1]);
    expect(drawn[0].z).toBe(drawn[1].z);
    expect([...drawn[0].z, ...drawn[2].z]).toEqual([...normalArray(createRandom(3), 4)]);
    expect(drawPerturbations(createRandom(3), 2, { samples: 3, antithetic: false })).toHaveLength(3);
  });

  test.each([
    ['raw', [1, 2, 4, 2], 2, [-1, 0, 2, 0]],
    ['rank', [1, 2, 4, 2], 0, [-0.5, 0, 0.5, 0]],
    ['z-score', [1, 3], 0, [-1, 1]],
    ['rank', [7, 7, 7], 0, [0, 0, 0]],
    ['z-score', [7], 0, [0]],
  ] as const)('%s shaping of %j', (shaping, rewards, baseline, weights) => {
    expect(shapeRewards(rewards, baseline, shaping)).toEqual(weights);
  });
});
