// The DMLR loop on a toy model: what it evaluates, keeps, counts and hands over.
import { describe, expect, test } from 'vitest';
import { dmlr, startingLatents, type DmlrOptions, type DmlrResult } from '../../src/methods/dmlr/dmlr';
import { createEvaluator } from '../../src/methods/dmlr/evaluate';
import type { Reading } from '../../src/model/latent-model';
import type { StepEvent } from '../../src/events/events';
import type { RunSettings } from '../../src/settings/schema';
import { countingClock, NEVER, readPrefix, settingsWith } from '../fakes/jobs';
import { HIDDEN, toyModel } from '../fakes/toy-model';

async function optimise(changes: Partial<RunSettings> = {}, options: Partial<DmlrOptions> = {}, withImage = true) {
  const model = toyModel();
  const prefix = await (withImage ? readPrefix(model) : readPrefix(model, null));
  const settings = settingsWith(changes);
  const before = model.counts().passes;
  const run = dmlr(model, prefix, settings, { signal: NEVER, now: countingClock(), ...options });
  const steps: StepEvent[] = [];
  let result: DmlrResult;
  for (;;) {
    const next = await run.next();
    if (next.done) {
      result = next.value;
      break;
    }
    steps.push(next.value);
  }
  return { model, prefix, settings, steps, result, passes: model.counts().passes - before };
}

test('what is decoded was evaluated: reading it again gives the best reward', async () => {
  for (const changes of [{}, { layout: 'after-all', scoredRows: 'latents-and-end' }, { rewardForm: 'code', steps: 6 }] as const) {
    const { model, prefix, settings, steps, result } = await optimise(changes);
    const evaluate = await createEvaluator(model, prefix, settings, NEVER);
    expect((await evaluate(result.latents, result.patches, false)).reward).toBe(result.bestReward);
    expect(steps.at(-1)?.bestReward).toBe(result.bestReward);
    expect(steps[result.bestStep].isBest).toBe(true);
  }
});

test('the best reward rises somewhere, so the other tests see both kinds of steps', async () => {
  const { steps } = await optimise();
  expect(steps.filter((step) => step.isBest).length).toBeGreaterThan(1);
  expect(steps.some((step) => step.candidates.some((candidate) => candidate.accepted))).toBe(true);
  expect(steps.some((step) => step.candidates.some((candidate) => !candidate.accepted))).toBe(true);
});

describe('passes', () => {
  test.each([{}, { measureUnperturbed: false }, { patchesPerStep: 0 }, { patchesPerStep: 0, measureUnperturbed: false }])(
    '%j',
    async (changes) => {
      const { steps, settings, passes } = await optimise(changes);
      const perStep = steps.slice(1).map(({ candidates }) => {
        const last = settings.measureUnperturbed || candidates.length === 0 ? 1 : 0;
        return 1 + candidates.length + last;
      });
      expect(passes).toBe(2 + perStep.reduce((sum, count) => sum + count, 0));
    },
  );

  test('zero steps: two passes and only the start', async () => {
    const { steps, result, passes } = await optimise({ steps: 0 });
    expect(passes).toBe(2);
    expect(steps.map((step) => step.step)).toEqual([0]);
    expect(result).toMatchObject({ reason: 'steps', bestStep: 0, bestReward: steps[0].reward });
  });
});

describe('noise', () => {
  test('is asked for once per step, in order, and can be given', async () => {
    const asked: number[] = [];
    const noise = (step: number) => {
      asked.push(step);
      return new Float32Array(4 * HIDDEN);
    };
    const { steps, result, model, settings } = await optimise({ steps: 3 }, { noise });
    expect(asked).toEqual([1, 2, 3]);
    expect(steps.every((step) => step.driftFromStart === 0 && step.updateNorm === 0)).toBe(true);
    expect(result.latents).toEqual(await startingLatents(model, settings.latents));
  });

  test('the embedding spread is the unit of relative noise only', async () => {
    const drift = async (noiseScale: 'relative' | 'absolute', embeddingStd: number) => {
      const model = toyModel();
      const scaled = { ...model, info: { ...model.info, embeddingStd } };
      const prefix = await readPrefix(model);
      for await (const step of dmlr(scaled, prefix, settingsWith({ noiseScale, steps: 1 }), { signal: NEVER, now: () => 0 })) {
        if (step.step === 1) return step.updateNorm / step.reward;
      }
      return NaN;
    };
    expect(await drift('relative', 0.02)).toBeCloseTo(0.02 * (await drift('relative', 1)), 9);
    expect(await drift('absolute', 0.02)).toBeCloseTo(await drift('absolute', 1), 9);
  });
});

describe('rules', () => {
  test('an update follows the reward of the perturbed candidate', async () => {
    const z = new Float32Array(4 * HIDDEN).fill(1);
    const { steps } = await optimise({ steps: 1, sigma: 0.5, learningRate: 0.01 }, { noise: () => z });
    expect(steps[1].updateNorm).toBeCloseTo(Math.abs(0.01 * steps[1].reward * (1 / 0.5)) * Math.sqrt(4 * HIDDEN), 9);
    expect(steps[1].driftFromStart).toBeCloseTo(steps[1].updateNorm, 5);
  });

  test('starting from zero, the first reward above it is taken', async () => {
    const { steps } = await optimise({ startingReward: 'zero', rewardForm: 'code', steps: 1 });
    expect(steps[0].bestReward).toBe(0);
    expect(steps[1].candidates[0].accepted).toBe(true);
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
    for (const { candidates, latents, step } of steps.slice(1)) {
      for (const [latent, state] of latents.entries()) {
        const tried = candidates.filter((candidate) => candidate.latent === latent);
        expect(state.added).toEqual(tried.filter((item) => item.accepted).flatMap((item) => item.patches));
        expect(state.rejected).toEqual(tried.filter((item) => !item.accepted).flatMap((item) => item.patches));
        expect(state.patches).toEqual([...steps[step - 1].latents[latent].patches, ...state.added]);
      }
    }
  });

  test('the unperturbed reward is measured on the patches kept, or not at all', async () => {
    const { steps } = await optimise();
    for (const { candidates, unperturbedReward, bestReward } of steps.slice(1)) {
      if (candidates.some((candidate) => candidate.accepted)) expect(unperturbedReward).toBe(bestReward);
    }
    const { steps: unmeasured } = await optimise({ measureUnperturbed: false });
    expect(unmeasured.every((step) => step.unperturbedReward === null)).toBe(true);
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
  const prefix = await readPrefix(model);
  let passes = 0;
  for await (const { step } of dmlr(model, prefix, settingsWith(), { signal: NEVER, now: () => 0 })) {
    passes = model.counts().passes;
    if (step === 3) break;
  }
  expect(model.counts().passes).toBe(passes);
});

test('entropy and largest probability are means over the scored rows of the pass with noise', async () => {
  const model = toyModel();
  const prefix = await readPrefix(model);
  const readings: Reading[] = [];
  const extend: typeof model.extend = async (...call) => {
    const [reading] = await model.extend(...call);
    readings.push(reading);
    return [reading];
  };
  const steps: StepEvent[] = [];
  for await (const step of dmlr({ ...model, extend }, prefix, settingsWith({ steps: 1 }), { signal: NEVER, now: () => 0 }))
    steps.push(step);
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
