// The parts of DMLR one by one: layouts, scored rows, positions, rewards, attention, patch choice.
import { describe, expect, test } from 'vitest';
import { chosenAttention, wantedAttention } from '../../../../../src/methods/dmlr/attention';
import {
  latentRows,
  layoutRows,
  modelRows,
  overwritten,
  scoredRows,
  type BlockStyle,
  type ThinkRow,
} from '../../../../../src/methods/dmlr/layout';
import { budgetLeft, proposePatches, spreadOver, startingPatches, type PatchBudget } from '../../../../../src/methods/dmlr/patches';
import { rewardOf, topProbabilityOf } from '../../../../../src/methods/dmlr/reward';
import { faultOf } from '../../../../faults';
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
  const image = { start: 4, length: 2, features: Float32Array.of(5, 6, 7, 8), placeholder: 9 };
  const paper = { patchPositions: 'sequential', insertedRows: 'features', image, seesImage: true } as const;
  const numbers = (changes: Partial<BlockStyle> = {}) =>
    modelRows(rows, latents, { ...paper, ...changes }).map((row) => (row.kind === 'vector' ? [...row.data] : row));

  test('latents are vectors, patches rows of the image behind their latent', () => {
    expect(numbers()).toEqual([[1, 2], { kind: 'image', index: 1, position: 'next' }, [3, 4]]);
  });

  test('patches may keep the position they have in the image', () => {
    expect(numbers({ patchPositions: 'image' })[1]).toEqual({ kind: 'image', index: 1, position: 'original' });
  });

  test('after a prompt that has not read the image, patches go as their features', () => {
    expect(numbers({ seesImage: false })[1]).toEqual([7, 8]);
  });
});

describe('the released code', () => {
  test('inserts placeholders, the same for every patch', () => {
    const image = { start: 4, length: 2, features: new Float32Array(4), placeholder: 9 };
    const rows = modelRows(layoutRows('after-each', [[0, 1]]), Float32Array.of(1, 2), {
      patchPositions: 'image',
      insertedRows: 'placeholders',
      image,
      seesImage: false,
    });
    expect(rows.slice(1)).toEqual([
      { kind: 'token', id: 9 },
      { kind: 'token', id: 9 },
    ]);
  });

  test('writes the latents once more over the first rows: the second stands twice, the first patch is lost', () => {
    const block = layoutRows('after-each', [
      [1, 2, 3],
      [4, 5, 6],
    ]);
    expect(written(block)).toBe('t0 p1 p2 p3 t1 p4 p5 p6');
    expect(written(overwritten(block))).toBe('t0 t1 p2 p3 t1 p4 p5 p6');
    const model = modelRows(overwritten(block), Float32Array.of(1, 2), {
      patchPositions: 'sequential',
      insertedRows: 'features',
      image: null,
      seesImage: true,
    });
    expect(model.map((row) => (row.kind === 'vector' ? row.data[0] : 'p'))).toEqual([1, 2, 'p', 'p', 2, 'p', 'p', 'p']);
  });

  test('scores the first rows, wherever the latents have gone: in version 1 one more', () => {
    const block = layoutRows('after-each', [[5], [6]]);
    expect(scoredRows('first-rows', 'after-each', block)).toEqual([0, 1]);
    expect(scoredRows('first-rows-and-next', 'after-each', block)).toEqual([0, 1, 2]);
    // Without patches that one is the first row of the closing.
    expect(scoredRows('first-rows-and-next', 'after-each', layoutRows('after-each', [[], []]))).toEqual([0, 1, 2]);
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

describe('attention', () => {
  // Two layers of two heads, one row over two image tokens.
  const attention = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
  const size = { layers: 2, heads: 2 };

  test.each([
    [{ attentionLayer: 1, attentionHead: null }, [6, 7]],
    [{ attentionLayer: null, attentionHead: 0 }, [3, 4]],
    [{ attentionLayer: 0, attentionHead: 1 }, [3, 4]],
  ])('of %j', (choice, mean) => {
    expect(wantedAttention(choice, size)).toEqual({ attention: 'heads' });
    expect([...chosenAttention(attention, choice, size)]).toEqual(mean);
  });

  test('the mean is read as such, and a layer or head that the model lacks is refused', () => {
    const none = { attentionLayer: null, attentionHead: null };
    expect(wantedAttention(none, size)).toEqual({ attention: 'mean' });
    expect([...chosenAttention(attention.subarray(0, 2), none, size)]).toEqual([1, 2]);
    const { message, action } = faultOf(() => wantedAttention({ ...none, attentionLayer: 2 }, size));
    expect(`${message} ${action}`).toBe(
      'attentionLayer is 2, and the model has 2, counted from 0. Set attentionLayer to none, or to 0 to 1.',
    );
  });
});

describe('patches', () => {
  const attention = Float32Array.of(0.1, 0.4, 0.4, 0.1, 0.3, 0.2, 0.3, 0.2);
  const budget = { maxPatches: 3, budgetScope: 'sequence' } as const;
  const start = (initialPatches: number, of: PatchBudget) => startingPatches(attention, [[], []], { ...of, initialPatches });

  test('ties go to the lower index; the budget is filled latent by latent', () => {
    expect(start(2, { ...budget, maxPatches: 16 })).toEqual([
      [1, 2],
      [0, 2],
    ]);
    expect(start(2, budget)).toEqual([[1, 2], [0]]);
    expect(start(2, { maxPatches: 1, budgetScope: 'latent' })).toEqual([[1], [0]]);
    expect(start(9, { maxPatches: 64, budgetScope: 'sequence' })).toEqual([
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
    expect(startingPatches(new Float32Array(0), [[], [], []], { ...budget, initialPatches: 2 })).toEqual([[], [], []]);
  });

  test('what scores minus infinity is never proposed', () => {
    expect(proposePatches(Float32Array.of(-Infinity, 0.1, -Infinity, -Infinity), [[]], 0, 3, budget)).toEqual([1]);
  });

  test('the whole image is spread over the latents in order, each token once', () => {
    expect(spreadOver(7, 3)).toEqual([
      [0, 1],
      [2, 3, 4],
      [5, 6],
    ]);
    expect(spreadOver(0, 2)).toEqual([[], []]);
  });
});
