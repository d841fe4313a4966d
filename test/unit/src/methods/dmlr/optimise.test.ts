// The DMLR loop on a toy model: what it evaluates, keeps, counts and hands over.
import { describe, expect, test } from 'vitest';
import { rewardOf } from '../../../../../src/methods/dmlr/reward';
import { dmlrDetail, type DmlrDetail } from '../../../../../src/methods/dmlr/detail';
import { optimise as think, startingRows } from '../../../../../src/methods/dmlr/optimise';
import type { DmlrSettings } from '../../../../../src/methods/dmlr/settings';
import type { ThinkRun, Thought } from '../../../../../src/methods/method';
import type { LatentModel, Reading } from '../../../../../src/model/latent-model';
import type { StepEvent } from '../../../../../src/events/events';
import { NEVER, readPrompt, settingsWith, thinkRun } from '../../../../fakes/jobs';
import { HIDDEN, toyModel, type ToyModel } from '../../../../fakes/toy-model';

/** A step with the detail that every step of DMLR has. */
type DmlrStep = Omit<StepEvent, 'detail'> & { readonly detail: DmlrDetail };

async function optimise(
  changes: Partial<DmlrSettings> = {},
  run: Partial<ThinkRun<DmlrSettings>> = {},
  withImage = true,
  model: ToyModel = toyModel(),
) {
  const context = await (withImage ? readPrompt(model) : readPrompt(model, null));
  const settings = settingsWith(changes);
  const before = model.counts().passes;
  const thinking = think(thinkRun(model, context, settings, run));
  const steps: DmlrStep[] = [];
  let result: Thought;
  for (;;) {
    const next = await thinking.next();
    if (next.done) {
      result = next.value;
      break;
    }
    steps.push({ ...next.value, detail: dmlrDetail(next.value) as DmlrDetail });
  }
  return { model, context, settings, steps, result, passes: model.counts().passes - before };
}

/** A random stream that gives one number over and over. */
const always = (value: number) => () => ({ uniform: () => value, normal: () => value });

/** The reward of rows that are decoded, evaluated alone: the last row of each latent's block is scored. */
async function rewardOfRows(model: LatentModel, { context, rows }: Thought, rewardForm: DmlrSettings['rewardForm']): Promise<number> {
  const latents = rows.flatMap((row, index) => (row.kind === 'image' ? [] : [index]));
  const logitRows = latents.map((_, i) => (latents[i + 1] ?? rows.length) - 1);
  const [reading] = await model.forward(context, [{ rows, logitRows }], { topK: 10 }, NEVER);
  return rewardOf(reading, rewardForm, 10);
}

test('what is decoded was evaluated: reading it again gives the best reward', async () => {
  for (const changes of [{}, { rewardForm: 'code', steps: 6 }] as const) {
    const { model, steps, result, settings } = await optimise(changes);
    expect(await rewardOfRows(model, result, settings.rewardForm)).toBe(result.bestReward);
    expect(steps.at(-1)?.bestReward).toBe(result.bestReward);
    expect(steps[result.bestStep ?? -1].isBest).toBe(true);
    // Neither the untouched start nor the latents as they are in the end.
    expect(result.rows).not.toEqual(startingRows(model, settings.latents));
  }
});

test('the best reward rises somewhere, so the other tests see both kinds of steps', async () => {
  const { steps } = await optimise();
  expect(steps.filter((step) => step.isBest).length).toBeGreaterThan(1);
  expect(steps.some((step) => step.detail.candidates.some((candidate) => candidate.accepted))).toBe(true);
  expect(steps.some((step) => step.detail.candidates.some((candidate) => !candidate.accepted))).toBe(true);
});

/** Every setting that changes what is evaluated in a step of one perturbation. */
const EVALUATIONS = [{}, { measureUnperturbed: false }, { patchesPerStep: 0 }, { patchesPerStep: 0, measureUnperturbed: false }];

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

describe('passes', () => {
  test.each(EVALUATIONS)('one after the other: %j', async (changes) => {
    const { steps, settings, passes } = await optimise(changes, {}, true, toyModel({ packs: false }));
    const perStep = steps.slice(1).map(({ detail: { candidates } }) => {
      const last = settings.measureUnperturbed || candidates.length === 0 ? 1 : 0;
      return 1 + candidates.length + last;
    });
    expect(passes).toBe(2 + perStep.reduce((sum, count) => sum + count, 0));
  });

  test.each(EVALUATIONS)('packed, one a step and one more for every acceptance: %j', async (changes) => {
    const { steps, passes } = await optimise(changes);
    const accepted = steps.flatMap(({ detail: { candidates } }) => candidates.filter((candidate) => candidate.accepted));
    // Two at the start, one for the first perturbation. The last step looks no further: it may have nothing to evaluate after an acceptance.
    const most = 2 + 1 + (steps.length - 1) + accepted.length;
    expect(passes).toBeLessThanOrEqual(most);
    expect(passes).toBeGreaterThanOrEqual(most - 1);
  });

  test('packed or one after the other, the decisions are the same', async () => {
    for (const changes of [
      ...EVALUATIONS,
      ...POPULATIONS,
      { latents: 8, maxPatches: 40 },
      { scoredRows: 'latents-and-end', layout: 'after-all' },
    ] as const) {
      const timeless = (steps: readonly DmlrStep[]) => steps.map((step) => ({ ...step, ms: 0 }));
      const packed = await optimise(changes);
      const separate = await optimise(changes, {}, true, toyModel({ packs: false }));
      expect(timeless(packed.steps)).toEqual(timeless(separate.steps));
      expect(packed.result.rows).toEqual(separate.result.rows);
    }
  });

  test('zero steps: two passes and only the start', async () => {
    const { steps, result, passes } = await optimise({ steps: 0 });
    expect(passes).toBe(2);
    expect(steps.map((step) => step.step)).toEqual([0]);
    expect(result).toMatchObject({ reason: 'steps', bestStep: 0, bestReward: steps[0].reward });
  });
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

describe('noise', () => {
  test('comes from a stream of its own: L x H numbers a step, and nothing else draws', async () => {
    const drawn: string[] = [];
    const random = (stream: string) => ({
      uniform: () => 0,
      normal: () => {
        drawn.push(stream);
        return 0;
      },
    });
    const { steps, result, model } = await optimise({ steps: 3 }, { random });
    expect(drawn).toEqual(new Array(3 * 4 * HIDDEN).fill('latent noise'));
    expect(steps.every(({ detail }) => detail.driftFromStart === 0 && detail.updateNorm === 0)).toBe(true);
    const start = await model.embed(new Uint32Array(4).fill(model.info.thinkToken.id));
    const latents = result.rows.flatMap((row) => (row.kind === 'vector' ? [...row.data] : []));
    expect(latents).toEqual([...start]);
  });

  test('the embedding spread is the unit of relative noise only', async () => {
    const drift = async (noiseScale: 'relative' | 'absolute', embeddingStd: number) => {
      const model = toyModel();
      const scaled = { ...model, info: { ...model.info, embeddingStd } };
      const run = thinkRun(scaled, await readPrompt(model), settingsWith({ noiseScale, steps: 1 }));
      for await (const step of think(run)) {
        if (step.step === 1) return (dmlrDetail(step)?.updateNorm ?? NaN) / (step.reward ?? NaN);
      }
      return NaN;
    };
    expect(await drift('relative', 0.02)).toBeCloseTo(0.02 * (await drift('relative', 1)), 9);
    expect(await drift('absolute', 0.02)).toBeCloseTo(await drift('absolute', 1), 9);
  });
});

describe('rules', () => {
  test('an update follows the reward of the perturbed candidate', async () => {
    const { steps } = await optimise({ steps: 1, sigma: 0.5, learningRate: 0.01 }, { random: always(1) });
    const { reward, detail } = steps[1];
    expect(detail.updateNorm).toBeCloseTo(Math.abs(0.01 * (reward ?? NaN) * (1 / 0.5)) * Math.sqrt(4 * HIDDEN), 9);
    expect(detail.driftFromStart).toBeCloseTo(detail.updateNorm, 5);
  });

  test('starting from zero, the first reward above it is taken', async () => {
    const { steps } = await optimise({ startingReward: 'zero', rewardForm: 'code', steps: 1 });
    expect(steps[0].bestReward).toBe(0);
    expect(steps[1].detail.candidates[0].accepted).toBe(true);
  });

  test('starting from zero, a start that stays is reported with its own reward, not with zero', async () => {
    const { steps, result } = await optimise({ startingReward: 'zero', steps: 0 });
    expect(steps[0].bestReward).toBe(0);
    expect(result).toMatchObject({ bestStep: 0, bestReward: steps[0].reward });
    expect(result.bestReward).not.toBe(0);
  });

  test('a start that reaches the threshold ends the run, unless only zero had to be beaten', async () => {
    const { steps, result } = await optimise({ rewardThreshold: -100 });
    expect(steps).toHaveLength(1);
    expect(result).toMatchObject({ reason: 'threshold', bestStep: 0, bestReward: steps[0].reward });
    const zero = await optimise({ rewardThreshold: -100, startingReward: 'zero' });
    expect(zero.steps).toHaveLength(2);
    expect(zero.result.reason).toBe('threshold');
  });

  test('a threshold stops the run at the step that reaches it', async () => {
    const full = await optimise();
    const target = full.steps.find((step) => step.step > 1 && step.isBest);
    const { steps, result } = await optimise({ rewardThreshold: target?.bestReward ?? null });
    expect(result.reason).toBe('threshold');
    expect(steps.at(-1)?.step).toBe(target?.step);
  });

  test('a turned-down candidate leaves the patches as they were', async () => {
    const { steps } = await optimise();
    for (const { detail, latents, step } of steps.slice(1)) {
      const { candidates } = detail;
      for (const [latent, state] of latents.entries()) {
        const tried = candidates.filter((candidate) => candidate.latent === latent);
        expect(state.added).toEqual(tried.filter((item) => item.accepted).flatMap((item) => item.patches));
        expect(detail.latents[latent].rejected).toEqual(tried.filter((item) => !item.accepted).flatMap((item) => item.patches));
        expect(state.patches).toEqual([...steps[step - 1].latents[latent].patches, ...state.added]);
      }
    }
  });

  test('the unperturbed reward is measured on the patches kept, or not at all', async () => {
    const { steps } = await optimise();
    for (const { detail, bestReward } of steps.slice(1)) {
      const { candidates, unperturbedReward } = detail;
      if (candidates.some((candidate) => candidate.accepted)) expect(unperturbedReward).toBe(bestReward);
    }
    const { steps: unmeasured } = await optimise({ measureUnperturbed: false });
    expect(unmeasured.every((step) => step.detail.unperturbedReward === null)).toBe(true);
    expect(unmeasured.map((step) => step.reward)).toEqual(steps.map((step) => step.reward));
  });

  test('works without an image', async () => {
    const { steps } = await optimise({ steps: 2 }, {}, false);
    expect(steps).toHaveLength(3);
    expect(steps.every((step) => step.patchCount === 0 && step.latents.every((latent) => latent.attention.length === 0))).toBe(true);
  });
});

test('leaving after k events costs no further pass', async () => {
  const model = toyModel();
  let passes = 0;
  for await (const { step } of think(thinkRun(model, await readPrompt(model), settingsWith()))) {
    passes = model.counts().passes;
    if (step === 3) break;
  }
  expect(model.counts().passes).toBe(passes);
});

test('entropy and largest probability are means over the scored rows of the pass with noise', async () => {
  const model = toyModel({ packs: false });
  const readings: Reading[] = [];
  const forward: typeof model.forward = async (...call) => {
    const found = await model.forward(...call);
    readings.push(...found);
    return found;
  };
  const steps: StepEvent[] = [];
  const run = thinkRun({ ...model, forward }, await readPrompt(model), settingsWith({ steps: 1 }));
  for await (const step of think(run)) steps.push(step);
  // Pass 0 reads attention, pass 1 the start, pass 2 the first perturbed candidate.
  for (const [step, { entropy, topLogits, logSumExp }] of [
    [steps[0], readings[1]],
    [steps[1], readings[2]],
  ] as const) {
    expect(entropy).toHaveLength(4);
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    expect(step.entropy).toBeCloseTo(mean([...entropy]), 9);
    const width = topLogits.length / 4;
    expect(step.topProbability).toBeCloseTo(mean(Array.from(logSumExp, (total, row) => Math.exp(topLogits[row * width] - total))), 9);
    expect(step.latents.map((latent) => latent.topTokens[0].probability)).toEqual(
      Array.from(logSumExp, (total, row) => Math.exp(topLogits[row * width] - total)),
    );
  }
});

test('attention decides by the pass with noise, not by the one without', async () => {
  const seen: Float32Array[] = [];
  const model = toyModel({ packs: false });
  const forward: typeof model.forward = async (...call) => {
    const found = await model.forward(...call);
    for (const { attention } of found) if (attention.length > 0) seen.push(attention);
    return found;
  };
  const steps: StepEvent[] = [];
  for await (const step of think(thinkRun({ ...model, forward }, await readPrompt(model), settingsWith({ steps: 2 })))) steps.push(step);
  // The start's, that of the start with its patches (for the page alone), then one a step.
  const [start, , ...perturbed] = seen;
  const shown = steps.map((step) => step.latents.flatMap((latent) => latent.attention));
  const short = (values: Float32Array) => Array.from(values, (value) => Number(value.toPrecision(6)));
  expect(shown).toEqual([start, ...perturbed].map(short));
});
