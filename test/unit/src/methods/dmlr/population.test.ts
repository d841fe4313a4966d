// Beyond the paper's one perturbation and its attention: populations that climb, other sources of patches, and the same decisions packed or not.
import { describe, expect, test } from 'vitest';
import type { DmlrSettings } from '../../../../../src/methods/dmlr/settings';
import { parseRecord } from '../../../../../src/events/read-record';
import { writeRecord } from '../../../../../src/events/record';
import { openStream } from '../../../../../src/math/streams';
import { dmlr } from '../../../../../src/methods/dmlr/dmlr';
import { METHODS } from '../../../../../src/methods/registry';
import { faultOf } from '../../../../faults';
import { toyRun } from '../../../../fakes/jobs';
import { optimise, rewardOfRows, type DmlrStep } from '../../../../fakes/dmlr-run';
import { HIDDEN, toyModel } from '../../../../fakes/toy-model';

const PAIRS = { samples: 3, antithetic: true, updateRule: 'normalised', learningRate: 0.5, sigma: 1 } as const;
/** Steps of several perturbations, and other sources of patches. */
const POPULATIONS = [
  { samples: 2, latentsCompete: true },
  PAIRS,
  { ...PAIRS, samples: 6, shaping: 'rank', sigmaAdaptation: 'success', latentsCompete: true },
  { ...PAIRS, updateRule: 'adam', rewardBaseline: 'current', measureUnperturbed: false },
  { rewardBaseline: 'current', sigmaAdaptation: 'success', measureUnperturbed: false },
  { patchSource: 'random' },
  { ...PAIRS, patchSource: 'reward', steps: 3 },
  { patchSource: 'none', latentsCompete: true },
  { patchSource: 'all' },
] as const;

test.each(POPULATIONS)('packed or one after the other, the decisions are the same: %j', async (changes) => {
  const timeless = (steps: readonly DmlrStep[]) => steps.map((step) => ({ ...step, ms: 0 }));
  const packed = await optimise(changes);
  const separate = await optimise(changes, {}, true, toyModel({ packs: false }));
  expect(timeless(packed.steps)).toEqual(timeless(separate.steps));
  expect(packed.result.rows).toEqual(separate.result.rows);
});

describe('several perturbations a step', () => {
  test('their number, their rewards, and their mean as the reward of the step', async () => {
    const { steps, model, passes, settings } = await optimise({ ...PAIRS, steps: 3, patchSource: 'none' });
    for (const { detail, reward } of steps.slice(1)) {
      expect(detail.perturbed).toHaveLength(6);
      expect(reward).toBeCloseTo(detail.perturbed!.reduce((sum, value) => sum + value, 0) / 6, 12);
      expect(new Set(detail.perturbed).size).toBe(6);
    }
    // What moves is [T, V] without noise, and the next step tries around it.
    expect(steps[1].detail.driftFromStart).toBeCloseTo(0.5 * model.info.embeddingStd * Math.sqrt(4 * HIDDEN), 5);
    // Two at the start, the first six perturbations, then everything of a step in one pass.
    expect(passes).toBe(2 + 1 + settings.steps);
  });

  test('more than eight are a pass of their own, made once', async () => {
    const { passes, settings, steps } = await optimise({ ...PAIRS, samples: 8 });
    const accepted = steps.flatMap(({ detail: { candidates } }) => candidates.filter((candidate) => candidate.accepted)).length;
    expect(passes).toBeLessThanOrEqual(2 + 2 * settings.steps + accepted);
  });

  test('climb: pairs raise the reward of the latents themselves, step by step, where one perturbation wanders', async () => {
    const climb = { ...PAIRS, samples: 16, shaping: 'rank', patchSource: 'none', latentsCompete: true } as const;
    const gain = async (changes: Partial<DmlrSettings>) => {
      const { steps } = await optimise({ ...changes, patchSource: 'none' });
      return (steps.at(-1)?.detail.unperturbedReward ?? NaN) - (steps[0].reward ?? NaN);
    };
    const [many, one] = [await gain(climb), await gain({})];
    expect(many).toBeGreaterThan(0.01);
    expect(many).toBeGreaterThan(10 * Math.abs(one));
    // Downhill where the sign is turned around: the same perturbations, and mirrored rewards.
    const { steps, result } = await optimise(climb);
    expect(result.bestStep).toBeGreaterThan(0);
    expect(steps.filter((step) => step.isBest).length).toBeGreaterThan(3);
  });

  test('the latents alone win only where they may', async () => {
    const alone = (steps: readonly DmlrStep[]) =>
      steps
        .slice(1)
        .filter((step) => step.isBest && step.detail.candidates.length > 0 && !step.detail.candidates.some((one) => one.accepted));
    const total = { [String(true)]: 0, [String(false)]: 0 };
    for (const latentsCompete of [true, false])
      for (const seed of [1, 2, 3, 4, 5, 6]) {
        const { steps } = await optimise({ ...PAIRS, samples: 16, patchesPerStep: 1, seed, latentsCompete, patchSource: 'random' });
        total[String(latentsCompete)] += alone(steps).length;
      }
    expect(total).toEqual({ true: expect.any(Number) as number, false: 0 });
    expect(total['true']).toBeGreaterThan(0);
  });
});

describe('where patches come from', () => {
  const inserted = (steps: readonly DmlrStep[]) => steps.map(({ latents }) => latents.map(({ patches }) => patches));

  test('reward: the start takes for every latent the patch with the highest reward', async () => {
    const { model, context, steps, settings } = await optimise({ patchSource: 'reward', initialPatches: 1, steps: 0 });
    const start = await model.embed(new Uint32Array(settings.latents).fill(model.info.thinkToken.id));
    const row = (latent: number) => ({ kind: 'vector', data: start.subarray(latent * HIDDEN, (latent + 1) * HIDDEN) }) as const;
    for (let latent = 0; latent < settings.latents; latent++) {
      const rewards: number[] = [];
      for (let index = 0; index < 12; index++) {
        const rows = [0, 1, 2, 3].flatMap((i) => [row(i), ...(i === latent ? [{ kind: 'image', index, position: 'next' } as const] : [])]);
        rewards.push(await rewardOfRows(model, { context, rows, reason: '', bestStep: null, bestReward: null }, 'paper'));
      }
      expect(inserted(steps)[0][latent]).toEqual([rewards.indexOf(Math.max(...rewards))]);
    }
  });

  test('random: another seed, other patches; the latents’ noise stays the same', async () => {
    const [first, second] = [await optimise({ patchSource: 'random', seed: 1 }), await optimise({ patchSource: 'random', seed: 2 })];
    expect(inserted(first.steps)[0]).not.toEqual(inserted(second.steps)[0]);
    const { steps } = await optimise({ patchSource: 'attention', seed: 1, initialPatches: 0, maxPatches: 0 });
    const { steps: none } = await optimise({ patchSource: 'none', seed: 1 });
    expect(steps.map(({ reward }) => reward)).toEqual(none.map(({ reward }) => reward));
  });

  test('random patches have a stream of their own', async () => {
    const opened: string[] = [];
    const random = (stream: string) => {
      opened.push(stream);
      return openStream(1, stream);
    };
    await optimise({ patchSource: 'random', steps: 2 }, { random });
    expect(opened.toSorted()).toEqual(['latent noise', 'random patches']);
  });

  test('none and all: no patch ever, or the whole image at once and no candidate', async () => {
    expect(inserted((await optimise({ patchSource: 'none' })).steps).flat(2)).toEqual([]);
    const { steps } = await optimise({ patchSource: 'all', maxPatches: 1 });
    for (const lists of inserted(steps)) expect(lists.flat()).toEqual(Array.from({ length: 12 }, (_, i) => i));
    expect(steps.every(({ detail: { candidates } }) => candidates.length === 0)).toBe(true);
  });

  test('objects: only what the question is about, and a clear word where nobody knows', async () => {
    const { steps } = await optimise({ patchSource: 'objects', maxPatches: 64 }, { focus: [3, 7, 8] });
    const used = new Set(inserted(steps).flat(2));
    expect([...used].sort((a, b) => a - b)).toEqual([3, 7, 8]);
    await expect(optimise({ patchSource: 'objects' })).rejects.toMatchObject({ value: { code: 'BAD_INPUT' } });
  });
});

describe('recordings', () => {
  const presets = dmlr.presets.map(({ id, settings }) => [id, settings] as const);
  const others = POPULATIONS.map((changes) => [JSON.stringify(changes), changes] as const);

  test.each([...presets, ...others])('a run with %s is read back as it was written', async (_, settings) => {
    const events = await toyRun({ settings: { ...settings, steps: 5, maxNewTokens: 4, sigma: 1 } });
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
    expect(parseRecord(writeRecord(events), METHODS)).toEqual({ events, cutOff: false });
  });

  test.each([
    ['a perturbation’s reward left out', { perturbed: [0.1, 0.2] }],
    ['another mean', { perturbed: [9, 9, 9, 9, 9, 9] }],
  ])('%s is found', async (_, change) => {
    const events = await toyRun({ settings: { ...PAIRS, steps: 3, maxNewTokens: 4 } });
    const spoilt = events.map((event) =>
      event.type === 'step' && event.step === 2 ? { ...event, detail: { ...event.detail, kind: 'dmlr', ...change } } : event,
    );
    expect(faultOf(() => parseRecord(writeRecord(spoilt), METHODS)).message).toContain('Step 2 has the reward');
  });

  test('a best of the released loop that is not above the one before is found', async () => {
    const events = await toyRun({
      settings: { ...dmlr.presets.find(({ id }) => id === 'release-v1')?.settings, steps: 3, maxNewTokens: 4, sigma: 1 },
    });
    const spoilt = events.map((event) =>
      event.type === 'step' && event.step === 1 ? { ...event, bestReward: (event.bestReward ?? 0) + 1 } : event,
    );
    expect(faultOf(() => parseRecord(writeRecord(spoilt), METHODS)).message).toContain('Step 1 has the best reward');
  });
});
