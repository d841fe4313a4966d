// What the released code does otherwise than the paper, each difference by itself: the structural facts found in its source.
import { describe, expect, test } from 'vitest';
import { dmlr } from '../../../../../src/methods/dmlr/dmlr';
import type { DmlrSettings } from '../../../../../src/methods/dmlr/settings';
import { withPreset } from '../../../../../src/methods/method';
import type { Row } from '../../../../../src/model/latent-model';
import { optimise } from '../../../../fakes/dmlr-run';
import { randomImage, randomPicture, readPrompt } from '../../../../fakes/jobs';
import { HIDDEN, toyModel } from '../../../../fakes/toy-model';

const RELEASE = dmlr.space.parse({ ...withPreset(dmlr, 'release-v1', {}), latents: 2, steps: 6, sigma: 1, prompt: 'latent' });

/** A run of the released loop over a picture made from `seed`. */
async function run(changes: Partial<DmlrSettings> = {}, seed = 5) {
  const model = toyModel();
  const image = randomImage(model, randomPicture(112, 84, seed));
  const settings = { ...RELEASE, ...changes };
  const context = await readPrompt(model, image, { positions: settings.positions, image: 'features' });
  return optimise(settings, { context, reread: (reading) => readPrompt(model, image, reading) }, true, model);
}

const kinds = (rows: readonly Row[]) =>
  rows.map((row) => (row.kind === 'vector' ? 't' : row.kind === 'token' ? `#${row.id}` : `p${row.index}`)).join(' ');
const lists = (steps: Awaited<ReturnType<typeof run>>['steps']) => steps.map(({ latents }) => latents.map(({ patches }) => patches));

describe('the reward', () => {
  test('never sees the image: two pictures, the same rewards to the last bit, though other patches are chosen', async () => {
    const [one, two] = [await run({}, 5), await run({}, 6)];
    expect(one.steps.map(({ reward }) => reward)).toEqual(two.steps.map(({ reward }) => reward));
    expect(lists(one.steps)).not.toEqual(lists(two.steps));
    expect(one.steps.map(({ detail }) => detail.driftFromStart)).toEqual(two.steps.map(({ detail }) => detail.driftFromStart));
  });

  test('sees it with the switch turned, and inserted features with theirs', async () => {
    for (const changes of [{ rewardSees: 'image' }, { insertedRows: 'features' }] as const) {
      const [one, two] = [await run(changes, 5), await run(changes, 6)];
      expect(one.steps.slice(1).map(({ reward }) => reward)).not.toEqual(two.steps.slice(1).map(({ reward }) => reward));
    }
  });

  test('depends on how many patches there are and not on which', async () => {
    const chosen = await run({ rewardSees: 'image', latentsOverwrite: false });
    const model = chosen.model.candidates.filter(({ logitRows }) => logitRows.length === 3).map(({ rows }) => kinds(rows));
    expect(model.at(-1)).toMatch(/^t( #2)+ t( #2)+/);
  });
});

describe('the loop', () => {
  test('starts from zero: the first step is always the best', async () => {
    const { steps } = await run();
    expect(steps[0].bestReward).toBe(0);
    expect(steps[1].isBest).toBe(true);
  });

  test('a best locks its patches and lets every latent have one more; others place them anew after the locked', async () => {
    const { steps } = await run();
    let [share, locked] = [RELEASE.initialPatches, [[], []] as readonly (readonly number[])[]];
    for (const { latents, isBest, detail } of steps.slice(1)) {
      expect(detail.candidates).toEqual([]);
      for (const [latent, { patches, added }] of latents.entries()) {
        expect(patches).toHaveLength(share);
        expect(patches.slice(0, locked[latent].length)).toEqual(locked[latent]);
        expect(added).toEqual(patches.slice(locked[latent].length));
      }
      if (isBest) [share, locked] = [share + RELEASE.budgetGrowth, latents.map(({ patches }) => patches)];
    }
    expect(share).toBeGreaterThan(2);
  });

  test('takes two passes a step, and attention of latents without patches', async () => {
    const { passes, model } = await run();
    // The prompt once more without the image; of the two at the start one is for the page: attention that nothing follows from.
    expect(passes).toBe(1 + 2 + 2 * RELEASE.steps);
    for (const { rows } of model.candidates.filter(
      ({ attentionRows = [], logitRows }) => attentionRows.length > 0 && logitRows.length === 1,
    )) {
      expect(kinds(rows)).toBe('t t');
    }
  });

  test('stride, first step and interval of insertion', async () => {
    const counts = async (changes: Partial<DmlrSettings>) =>
      lists((await run({ ...changes, budgetGrowth: 0 })).steps).map((all) => all.map(({ length }) => length));
    expect(await counts({ insertStride: 2 })).toEqual([[0, 0], ...Array.from({ length: 6 }, () => [1, 0])]);
    expect(await counts({ insertFrom: 2, insertEvery: 2 })).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
      [1, 1],
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
  });
});

describe('what is kept and decoded', () => {
  test('the latents after the update, which nothing has evaluated, and no patch; with the switches turned, what was evaluated', async () => {
    const released = await run();
    expect(kinds(released.result.rows)).toBe('t t');
    const paper = await run({ savedLatents: 'evaluated', answerPatches: true, latentsOverwrite: false, insertedRows: 'features' });
    expect(kinds(paper.result.rows)).toMatch(/^t( p\d+)+ t( p\d+)+$/);
    const norm = ({ result, context }: typeof released) =>
      Math.hypot(...result.rows.flatMap((row) => (row.kind === 'vector' && context.image ? [...row.data] : [])));
    // Evaluated: start and noise. Kept by the release: start and updates, much nearer to the start.
    expect(norm(paper)).toBeGreaterThan(norm(released));
  });

  test('after one step the kept latents are an update away from the start, the evaluated ones a perturbation', async () => {
    const away = async (savedLatents: DmlrSettings['savedLatents']) => {
      const { result, model, steps } = await run({ steps: 1, savedLatents });
      const start = await model.embed(new Uint32Array(2).fill(model.info.thinkToken.id));
      const kept = result.rows.flatMap((row) => (row.kind === 'vector' ? [...row.data] : []));
      return { distance: Math.hypot(...kept.map((value, i) => value - start[i])), update: steps[1].detail.updateNorm };
    };
    const [updated, evaluated] = [await away('updated'), await away('evaluated')];
    expect(updated.distance).toBeCloseTo(updated.update, 5);
    expect(evaluated.distance).toBeGreaterThan(5 * evaluated.update);
  });

  test('the size of an update is learning rate x reward / sigma x the length of the noise', async () => {
    const { steps } = await run({ steps: 1, sigma: 25, learningRate: 0.01 }, 5);
    const { reward, detail } = steps[1];
    const expected = (0.01 * (reward ?? NaN) * Math.sqrt(2 * HIDDEN)) / 25;
    expect(detail.updateNorm / expected).toBeGreaterThan(0.5);
    expect(detail.updateNorm / expected).toBeLessThan(1.6);
    expect(detail.driftFromStart).toBeCloseTo(detail.updateNorm, 5);
  });
});
