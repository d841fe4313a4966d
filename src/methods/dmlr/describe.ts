// One optimisation step as an event: what the page and a recording know about it.
import type { StepEvent } from '../../events/events';
import { cosineOf, distance, norm } from '../../math/stats';
import type { DmlrDetail } from './detail';
import type { Evaluation } from './evaluate';
import type { PatchLists } from './layout';

/** The best evaluated [T, V] so far. */
export interface Best {
  /** The step that found it. */
  readonly step: number;
  /** What the next candidate must beat: its own reward, or 0 for a start that `startingReward: zero` does not count. */
  readonly reward: number;
  /** [latents, hidden size] */
  readonly latents: Float32Array;
  readonly patches: PatchLists;
}

export interface StepFacts
  extends
    Pick<StepEvent, 'step' | 'ms'>,
    Pick<DmlrDetail, 'unperturbedReward' | 'sigma' | 'updateNorm' | 'candidates'>,
    Partial<Pick<DmlrDetail, 'cosine'>> {
  /** Rewards of the perturbations where a step tries several; otherwise none: there is one, and it is the step's reward. */
  readonly rewards: readonly number[];
  readonly evaluation: Evaluation;
  readonly best: Best;
  /** T0 and T after the step: [latents, hidden size] */
  readonly start: Float32Array;
  readonly now: Float32Array;
  /** V before and after the step. */
  readonly before: PatchLists;
  readonly patches: PatchLists;
}

/** Builds the event. `drift` and `driftFromStart` are distances from T0. */
export function describeStep(facts: StepFacts): StepEvent {
  const { step, unperturbedReward, sigma, updateNorm, candidates, ms, evaluation, best, start, now, before, patches } = facts;
  const { reward, entropy, topProbability, attention, topTokens } = evaluation;
  const hiddenSize = start.length / patches.length;
  const imageTokens = attention.length / patches.length;
  const detail: DmlrDetail = {
    kind: 'dmlr',
    unperturbedReward,
    sigma,
    updateNorm,
    driftFromStart: distance(now, start),
    ...(facts.rewards.length === 0 ? {} : { perturbed: [...facts.rewards] }),
    ...(facts.cosine === undefined ? {} : { cosine: facts.cosine }),
    candidates,
    latents: patches.map((_, latent) => ({
      rejected: candidates.filter((item) => item.latent === latent && !item.accepted).flatMap((item) => item.patches),
      drift: distance(now, start, latent * hiddenSize, (latent + 1) * hiddenSize),
      norm: norm(rowOf(now, latent, hiddenSize)),
      cosine: cosineOf(rowOf(now, latent, hiddenSize), rowOf(start, latent, hiddenSize)),
    })),
  };
  return {
    type: 'step',
    step,
    reward,
    bestReward: best.reward,
    isBest: best.step === step,
    entropy,
    topProbability,
    patchCount: patches.reduce((sum, list) => sum + list.length, 0),
    latents: patches.map((list, latent) => ({
      patches: [...list],
      added: list.slice(before[latent].length),
      attention: Array.from(attention.subarray(latent * imageTokens, (latent + 1) * imageTokens), shorten),
      topTokens: [...topTokens[latent]],
    })),
    detail,
    ms,
  };
}

function rowOf(values: Float32Array, row: number, width: number): Float32Array {
  return values.subarray(row * width, (row + 1) * width);
}

/** Six significant digits: all an attention map needs, at a third of the size in a recording. */
function shorten(value: number): number {
  return Number(value.toPrecision(6));
}
