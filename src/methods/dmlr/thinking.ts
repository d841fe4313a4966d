// How every loop of DMLR opens and ends: where its latents start, what evaluates them, and the thought that the best of them make.
import type { Random } from '../../math/random';
import type { StepEvent } from '../../events/events';
import type { ThinkRun, Thought } from '../method';
import { controlsOf } from './controls';
import { describeStep, type Best, type StepFacts } from './describe';
import { createEvaluator, decodedRows, rewardContext, type Evaluate, type Evaluation } from './evaluate';
import { createGradient, type GradientAt } from './gradient';
import type { PatchLists } from './layout';
import type { DmlrSettings } from './settings';

export interface Thinking {
  /** The numbers of the perturbations. */
  readonly random: Random;
  /** u: what one noise unit is in the embedding space. */
  readonly unit: number;
  /** T0: [latents, hidden size] the think token, once per latent. */
  readonly start: Float32Array;
  readonly evaluate: Evaluate;
  /** Null where no setting asks for the true gradient. */
  readonly gradientAt: GradientAt | null;
  /** The event of a step; whoever keeps the run's blocks is told of the step's. */
  describe(facts: StepFacts): StepEvent;
}

/** Opens a loop. Rejects as `createEvaluator` and `createGradient` do. */
export async function openThinking(run: ThinkRun<DmlrSettings>): Promise<Thinking> {
  const { model, settings } = run;
  const reader = await rewardContext(run);
  return {
    random: run.random('latent noise'),
    unit: settings.noiseScale === 'relative' ? model.info.embeddingStd : 1,
    evaluate: createEvaluator(run, reader),
    gradientAt: createGradient(run, reader),
    start: await model.embed(new Uint32Array(settings.latents).fill(model.info.thinkToken.id)),
    describe: (facts) => {
      run.keep?.(facts.step, { latents: facts.now, patches: facts.patches });
      return describeStep(facts);
    },
  };
}

/** The best before the first step: the start with its patches. With `startingReward: zero` it is no candidate, and anything above 0 replaces it. */
export function firstBest({ start }: Thinking, first: Evaluation, patches: PatchLists, { startingReward }: DmlrSettings): Best {
  return { step: 0, reward: startingReward === 'unperturbed' ? first.reward : 0, latents: start, patches };
}

/**
 * The thought that a loop ends with: the best, its reward as evaluated (of the start its own, whatever had to be beaten), and its controls.
 * @param inserted V before the first step
 */
export function endThinking(
  run: ThinkRun<DmlrSettings>,
  { evaluate, start }: Thinking,
  best: Best,
  first: Evaluation,
  inserted: PatchLists,
  reason: string,
): Thought {
  return {
    context: run.context,
    rows: decodedRows(run, best.latents, best.patches),
    reason,
    bestStep: best.step,
    bestReward: best.step === 0 ? first.reward : best.reward,
    block: { latents: best.latents, patches: best.patches },
    ...(run.settings.controls ? { controls: () => controlsOf(run, evaluate, { start, inserted, ...best }) } : {}),
  };
}
