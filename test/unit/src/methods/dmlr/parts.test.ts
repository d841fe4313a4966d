// The parts of DMLR one by one: layouts, scored rows, positions, rewards, update, patch choice.
import { describe, expect, test } from 'vitest';
import { latentRows, layoutRows, modelRows, scoredRows, type ThinkRow } from '../../../../../src/methods/dmlr/layout';
import { budgetLeft, proposePatches, startingPatches } from '../../../../../src/methods/dmlr/patches';
import { rewardOf, topProbabilityOf } from '../../../../../src/methods/dmlr/reward';
import { initReinforce, perturb, updateReinforce } from '../../../../../src/methods/dmlr/update';
import type { Reading } from '../../../../../src/model/latent-model';

const written = (rows: readonly ThinkRow[]) => rows.map((row) => (row.kind === 'latent' ? `t${row.latent}` : `p${row.patch}`)).join(' ');
const V = [[5, 6], [], [7]];

describe('layout', () => {
  test.each([
    ['after-each', 't0 p5 p6 t1 t2 p7', [0, 3, 4], [2, 3, 5]],
    ['after-all', 't0 t1 t2 p5 p6 p7', [0, 1, 2], [0, 1, 5]],
    ['before-each', 'p5 p6 t0 t1 p7 t2', [2, 3, 5], [2, 3, 5]],
  ] as const)('%s', (layout, text, latents, blockEnds) => {
    const rows = layoutRows(layout, V);
    expect(written(rows)).toBe(text);
    expect(latentRows(rows)).toEqual(latents);
    expect(scoredRows('latents', layout, rows)).toEqual(latents);
    expect(scoredRows('latents-and-end', layout, rows)).toEqual([...latents, 6]);
    expect(scoredRows('block-ends', layout, rows)).toEqual(blockEnds);
  });

  test('without patches every block ends at its latent', () => {
    for (const layout of ['after-each', 'after-all', 'before-each'] as const) {
      expect(scoredRows('block-ends', layout, layoutRows(layout, [[], []]))).toEqual([0, 1]);
    }
  });
});

describe('rows of the model', () => {
  const latents = Float32Array.of(1, 2, 3, 4);
  const rows = layoutRows('after-each', [[1], []]);
  const numbers = (patchPositions: 'sequential' | 'image') =>
    modelRows(rows, latents, patchPositions).map((row) => (row.kind === 'vector' ? [...row.data] : row));

  test('latents are vectors, patches rows of the image behind their latent', () => {
    expect(numbers('sequential')).toEqual([[1, 2], { kind: 'image', index: 1, position: 'next' }, [3, 4]]);
  });

  test('patches may keep the position they have in the image', () => {
    expect(numbers('image')[1]).toEqual({ kind: 'image', index: 1, position: 'original' });
  });
});

describe('reward', () => {
  /** A reading of one row per list of probabilities, largest first. */
  const reading = (...rows: number[][]): Reading => ({
    topLogits: Float32Array.from(rows.flat(), (p) => Math.log(p) + 3),
    topIds: new Uint32Array(rows.flat().length),
    logSumExp: new Float32Array(rows.length).fill(3),
    entropy: new Float32Array(rows.length),
    attention: new Float32Array(0),
    hidden: new Float32Array(0),
  });
  const uniform = (size: number) => new Array<number>(10).fill(1 / size);
  const spread = (first: number) => [first, ...new Array<number>(9).fill((1 - first) / 151935)];

  // Worked by hand for a vocabulary of 151,936 and k = 10.
  test.each([
    ['uniform over ten', uniform(10), 1 - Math.log(10), Math.log(10)],
    ['uniform over the vocabulary', uniform(151936), 0.9992, 11.93],
    ['one token', [1, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1, 20.72],
    ['p = 0.999', spread(0.999), 0.999, 16.94],
  ])('%s', (_, probabilities, paper, code) => {
    expect(rewardOf(reading(probabilities), 'paper', 10)).toBeCloseTo(paper, 3);
    expect(rewardOf(reading(probabilities), 'code', 10)).toBeCloseTo(code, 1);
  });

  test('is the mean over rows and looks at no more than k', () => {
    const two = reading([0.5, 0.3], [0.9, 0.1]);
    const h = (p: number) => -p * Math.log(p);
    expect(rewardOf(two, 'paper', 1)).toBeCloseTo(1 - (h(0.5) + h(0.9)) / 2, 6);
    expect(rewardOf(two, 'paper', 2)).toBeCloseTo(1 - (h(0.5) + h(0.3) + h(0.9) + h(0.1)) / 2, 6);
    expect(rewardOf(two, 'code', 1)).toBeCloseTo(-(Math.log(0.5) + Math.log(0.9)) / 2, 6);
    expect(topProbabilityOf(two)).toBeCloseTo(0.7, 6);
  });
});

describe('update', () => {
  const z = Float32Array.of(1, -2, 0.5, 0);
  const start = initReinforce(Float32Array.of(1, 1, 1, 1), 0.5);
  const rule = { unit: 0.1, learningRate: 0.2, sigmaDecay: 0.9 };

  test('perturbs by u sigma z', () => {
    expect([...perturb(start, z, 0.1)]).toEqual([1.05, 0.9, 1.025, 1].map(Math.fround));
  });

  test('moves by u eta R z / sigma and decays sigma', () => {
    const { state, updateNorm } = updateReinforce(start, z, 3, rule);
    // 0.1 * 0.2 * 3 / 0.5 = 0.12
    expect([...state.latents]).toEqual([1.12, 0.76, 1.06, 1].map(Math.fround));
    expect(state.sigma).toBeCloseTo(0.45, 12);
    expect(updateNorm).toBeCloseTo(0.12 * Math.sqrt(1 + 4 + 0.25), 12);
    expect([...start.latents]).toEqual([1, 1, 1, 1]);
  });
});

describe('patches', () => {
  const attention = Float32Array.of(0.1, 0.4, 0.4, 0.1, 0.3, 0.2, 0.3, 0.2);
  const budget = { maxPatches: 3, budgetScope: 'sequence' } as const;

  test('ties go to the lower index; the budget is filled latent by latent', () => {
    expect(startingPatches(attention, 2, 2, { ...budget, maxPatches: 16 })).toEqual([
      [1, 2],
      [0, 2],
    ]);
    expect(startingPatches(attention, 2, 2, budget)).toEqual([[1, 2], [0]]);
    expect(startingPatches(attention, 2, 2, { maxPatches: 1, budgetScope: 'latent' })).toEqual([[1], [0]]);
    expect(startingPatches(attention, 2, 9, { maxPatches: 64, budgetScope: 'sequence' })).toEqual([
      [1, 2, 0, 3],
      [0, 2, 1, 3],
    ]);
  });

  test('a proposal leaves out what the latent has and stays within the budget', () => {
    expect(proposePatches(attention, [[1], []], 0, 2, budget)).toEqual([2, 0]);
    expect(proposePatches(attention, [[1], [0]], 0, 2, budget)).toEqual([2]);
    expect(proposePatches(attention, [[1, 2], [0]], 1, 2, budget)).toEqual([]);
    expect(
      budgetLeft(
        [
          [1, 2],
          [0, 3],
        ],
        0,
        budget,
      ),
    ).toBe(0);
  });

  test('without an image there is nothing to propose', () => {
    expect(startingPatches(new Float32Array(0), 3, 2, budget)).toEqual([[], [], []]);
  });
});
