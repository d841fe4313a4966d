// DMLR, for any settings: repeatable, never worse than its best, within its budget, quick to stop.
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { dmlrDetail, type DmlrDetail } from '../../src/methods/dmlr/detail';
import { optimise } from '../../src/methods/dmlr/optimise';
import { startingPatches } from '../../src/methods/dmlr/patches';
import { EngineFault } from '../../src/errors';
import type { StepEvent } from '../../src/events/events';
import type { DmlrSettings } from '../../src/methods/dmlr/settings';
import { collect, readPrompt, settingsWith, thinkRun } from '../fakes/jobs';
import { toyModel } from '../fakes/toy-model';

// Many repetitions: time for a busy machine.
vi.setConfig({ testTimeout: 60_000 });

/** Settings of short runs that touch every branch of the loop. */
const shortRuns: fc.Arbitrary<DmlrSettings> = fc
  .record({
    latents: fc.integer({ min: 1, max: 5 }),
    steps: fc.integer({ min: 0, max: 5 }),
    sigma: fc.double({ min: 0.01, max: 2, noNaN: true }),
    sigmaDecay: fc.double({ min: 0.5, max: 1, noNaN: true }),
    learningRate: fc.double({ min: 0.0001, max: 0.5, noNaN: true }),
    rewardForm: fc.constantFrom('paper', 'code'),
    topK: fc.integer({ min: 1, max: 64 }),
    scoredRows: fc.constantFrom('block-ends', 'latents', 'latents-and-end'),
    startingReward: fc.constantFrom('unperturbed', 'zero'),
    measureUnperturbed: fc.boolean(),
    initialPatches: fc.integer({ min: 0, max: 4 }),
    patchesPerStep: fc.integer({ min: 0, max: 4 }),
    maxPatches: fc.integer({ min: 0, max: 20 }),
    budgetScope: fc.constantFrom('sequence', 'latent'),
    layout: fc.constantFrom('after-each', 'after-all', 'before-each'),
    patchPositions: fc.constantFrom('sequential', 'image'),
    seed: fc.integer({ min: 0, max: 4294967295 }),
  })
  .map((changes) => settingsWith(changes as Partial<DmlrSettings>));

async function stepsOf(settings: DmlrSettings, packs = true): Promise<StepEvent[]> {
  const model = toyModel({ packs });
  return collect(optimise(thinkRun(model, await readPrompt(model), settings)));
}

const detailOf = (step: StepEvent): DmlrDetail => dmlrDetail(step) as DmlrDetail;

describe('DMLR', () => {
  test('the same seed gives the same steps', async () => {
    await fc.assert(
      fc.asyncProperty(shortRuns, async (settings) => {
        expect(await stepsOf(settings)).toEqual(await stepsOf(settings));
      }),
      { numRuns: 10 },
    );
  });

  test('packed passes decide as separate ones do', async () => {
    const timeless = (steps: readonly StepEvent[]) => steps.map((step) => ({ ...step, ms: 0 }));
    await fc.assert(
      fc.asyncProperty(shortRuns, async (settings) => {
        expect(timeless(await stepsOf(settings, true))).toEqual(timeless(await stepsOf(settings, false)));
      }),
      { numRuns: 20 },
    );
  });

  test('best is a running maximum of what was evaluated, sigma decays, steps count up', async () => {
    await fc.assert(
      fc.asyncProperty(shortRuns, async (settings) => {
        const steps = await stepsOf(settings);
        let best = settings.startingReward === 'zero' ? 0 : (steps[0].reward ?? NaN);
        let { sigma } = settings;
        expect(steps[0]).toMatchObject({ step: 0, bestReward: best, isBest: true, detail: { sigma: 0 } });
        for (const [index, step] of steps.slice(1).entries()) {
          const { candidates, unperturbedReward, sigma: used } = detailOf(step);
          const evaluated = candidates.map((candidate) => candidate.reward);
          if (evaluated.length === 0 && unperturbedReward !== null) evaluated.push(unperturbedReward);
          const next = Math.max(best, ...evaluated);
          const seen = evaluated.length > 0;
          if (seen) expect(step.bestReward).toBe(next);
          else expect(step.bestReward).toBeGreaterThanOrEqual(best);
          expect(step.isBest).toBe((step.bestReward ?? NaN) > best);
          expect(step.step).toBe(index + 1);
          expect(used).toBeCloseTo(sigma, 12);
          sigma *= settings.sigmaDecay;
          best = step.bestReward ?? NaN;
        }
      }),
      { numRuns: 20 },
    );
  });

  test('patches lie in the image, within the budget, once per latent, and stay', async () => {
    await fc.assert(
      fc.asyncProperty(shortRuns, async (settings) => {
        let before: readonly (readonly number[])[] = Array.from({ length: settings.latents }, () => []);
        for (const step of await stepsOf(settings)) {
          const lists = step.latents.map((latent) => latent.patches);
          const total = lists.reduce((sum, list) => sum + list.length, 0);
          expect(step.patchCount).toBe(total);
          const largest = settings.budgetScope === 'sequence' ? total : Math.max(...lists.map((list) => list.length));
          expect(largest).toBeLessThanOrEqual(settings.maxPatches);
          for (const [latent, list] of lists.entries()) {
            expect(new Set(list).size).toBe(list.length);
            expect(list.every((patch) => patch >= 0 && patch < 12)).toBe(true);
            expect(list.slice(0, before[latent].length)).toEqual(before[latent]);
          }
          before = lists;
        }
      }),
      { numRuns: 20 },
    );
  });

  test('stopping after k events takes at most k+1 steps of work', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 6 }), async (k) => {
        let drawn = 0;
        const model = toyModel();
        const signal = { aborted: false };
        const random = () => ({ uniform: () => 0, normal: () => (drawn += 1) && 0 });
        let seen = 0;
        const run = async () => {
          for await (const step of optimise(thinkRun(model, await readPrompt(model), settingsWith(), { signal, random }))) {
            seen += 1;
            if (step.step + 1 === k) signal.aborted = true;
          }
        };
        await expect(run()).rejects.toBeInstanceOf(EngineFault);
        expect(seen).toBe(k);
        expect(drawn).toBeLessThanOrEqual((k + 1) * 4 * model.info.hiddenSize);
      }),
      { numRuns: 6 },
    );
  });

  test('the starting choice does not depend on how the budget is spent elsewhere', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: 0, max: 1, noNaN: true }), { minLength: 6, maxLength: 30 }),
        fc.integer({ min: 0, max: 8 }),
        (row, count) => {
          const n = Math.floor(row.length / 2);
          const attention = Float32Array.from(row.slice(0, 2 * n));
          const lists = startingPatches(attention, [[], []], { initialPatches: count, maxPatches: 64, budgetScope: 'latent' });
          for (const [latent, list] of lists.entries()) {
            const own = attention.subarray(latent * n, (latent + 1) * n);
            expect(list).toHaveLength(Math.min(count, n));
            const worst = Math.min(...list.map((patch) => own[patch]));
            for (let i = 0; i < n; i++) if (list.length > 0 && !list.includes(i)) expect(own[i]).toBeLessThanOrEqual(worst);
          }
        },
      ),
    );
  });
});
