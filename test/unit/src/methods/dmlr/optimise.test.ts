// The DMLR loop on a toy model: what it evaluates, keeps, counts and hands over.
import { describe, expect, test } from 'vitest';
import { dmlrDetail } from '../../../../../src/methods/dmlr/detail';
import { optimise as think } from '../../../../../src/methods/dmlr/optimise';
import { startingRows } from '../../../../../src/methods/dmlr/start';
import type { Reading } from '../../../../../src/model/latent-model';
import type { StepEvent } from '../../../../../src/events/events';
import { optimise, rewardOfRows, type DmlrStep } from '../../../../fakes/dmlr-run';
import { readPrompt, settingsWith, thinkRun } from '../../../../fakes/jobs';
import { HIDDEN, toyModel } from '../../../../fakes/toy-model';

/** A random stream that gives one number over and over. */
const always = (value: number) => () => ({ uniform: () => value, normal: () => value });

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

  test('a candidate that only equals the best is turned down', async () => {
    // Without noise nothing moves, and after all latents patches change no scored row.
    const still = { layout: 'after-all', scoredRows: 'latents', steps: 2 } as const;
    const { steps, result } = await optimise(still, { random: always(0) });
    const tried = steps.flatMap(({ detail: { candidates } }) => candidates);
    expect(tried.length).toBeGreaterThan(0);
    expect(tried.every(({ reward, accepted }) => reward === steps[0].reward && !accepted)).toBe(true);
    expect(result.bestStep).toBe(0);
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
