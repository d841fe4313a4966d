// How the latents move: perturbations of them, an estimate of the reward's gradient from what those earned, and a step along it.
import { mean, norm } from '../../math/stats';
import { normalArray, type Random } from '../../math/random';
import type { DmlrSettings } from './settings';

export interface LatentsState {
  /** T: [latents, hidden size] */
  readonly latents: Float32Array;
  /** sigma_k of the step to come, in noise units. */
  readonly sigma: number;
  /** What is kept of the estimates before: their running sum, for Adam their running mean and that of their squares; null before the first. */
  readonly moments: { readonly first: Float64Array; readonly second: Float64Array; readonly count: number } | null;
}

/** One direction in which T is perturbed: T' = T + u sigma_k sign z. */
export interface Perturbation {
  /** [latents, hidden size] standard normal numbers. */
  readonly z: Float32Array;
  readonly sign: 1 | -1;
}

export type UpdateRule = Pick<
  DmlrSettings,
  'learningRate' | 'sigmaDecay' | 'rewardBaseline' | 'shaping' | 'updateRule' | 'momentum' | 'sigmaAdaptation'
> & {
  /** u: what one noise unit is in the embedding space. */
  readonly unit: number;
};

export interface Updated {
  readonly state: LatentsState;
  readonly updateNorm: number;
}

/** Adam's usual constants (arXiv 1412.6980). */
const ADAM = { first: 0.9, second: 0.999, epsilon: 1e-8 } as const;
/** The share of perturbations above which noise grows: the one-fifth rule of evolution strategies. */
const SUCCESS = 0.2;

/** The state before the first step. */
export function initLatents(latents: Float32Array, sigma: number): LatentsState {
  return { latents: latents.slice(), sigma, moments: null };
}

/** The perturbations of one step, `size` numbers each: one a sample, or with `antithetic` each sample and its mirror image, in turn. */
export function drawPerturbations(
  random: Random,
  size: number,
  { samples, antithetic }: Pick<DmlrSettings, 'samples' | 'antithetic'>,
): Perturbation[] {
  return Array.from({ length: samples }, () => normalArray(random, size)).flatMap((z): Perturbation[] =>
    antithetic
      ? [
          { z, sign: 1 },
          { z, sign: -1 },
        ]
      : [{ z, sign: 1 }],
  );
}

/** T' = T + u sigma_k sign z (Eq. 5). [latents, hidden size] */
export function perturb({ latents, sigma }: LatentsState, { z, sign }: Perturbation, unit: number): Float32Array {
  return moved(latents, z, sign * unit * sigma);
}

/**
 * T after one step, and sigma of the next. With one perturbation, no baseline, raw rewards and the paper's rule it is
 * T + u eta R z / sigma_k (Eq. 8-9 with xi = sigma_k z); src/README.md, "The estimate", has every other choice.
 * @param rewards [perturbations] R(S(T', V)), in the same order
 * @param current R(S(T, V)); read by the baseline `current` and by `sigmaAdaptation: success`, where it must not be null
 * @returns also `updateNorm`, the Euclidean length of the change of T, and `estimate`, which points along the estimated gradient
 */
export function updateLatents(
  state: LatentsState,
  perturbations: readonly Perturbation[],
  rewards: readonly number[],
  current: number | null,
  rule: UpdateRule,
): Updated & { readonly estimate: Float64Array } {
  const { latents, sigma } = state;
  const estimate = weighted(perturbations, shapeRewards(rewards, baselineOf(rewards, current, rule), rule.shaping));
  const { direction, factor, moments } = step(estimate, state, rule);
  const grows =
    rule.sigmaAdaptation === 'success' && rewards.filter((reward) => reward > (current ?? Infinity)).length > SUCCESS * rewards.length;
  return {
    state: {
      latents: moved(latents, direction, factor),
      sigma: grows ? sigma / rule.sigmaDecay : sigma * rule.sigmaDecay,
      moments,
    },
    updateNorm: Math.abs(factor) * norm(direction),
    estimate,
  };
}

/**
 * T after one step along the gradient itself, by the same rules: with the paper's it is T + u^2 eta dR/dT. Sigma stays.
 * @param gradient [latents, hidden size] dR/dT
 */
export function followGradient(state: LatentsState, gradient: Float64Array, rule: UpdateRule): Updated {
  const { latents, sigma } = state;
  const { direction, factor, moments } = step(
    gradient.map((g) => rule.unit * sigma * g),
    state,
    rule,
  );
  return { state: { latents: moved(latents, direction, factor), sigma, moments }, updateNorm: Math.abs(factor) * norm(direction) };
}

/**
 * What each reward counts for in the estimate: `raw` R - b; `z-score` (R - mean) / standard deviation; `rank` its rank among all,
 * spread evenly from -1/2 to 1/2, equal rewards sharing their mean rank. All zero where rewards do not differ and are not raw.
 */
export function shapeRewards(rewards: readonly number[], baseline: number, shaping: DmlrSettings['shaping']): number[] {
  if (shaping === 'raw') return rewards.map((reward) => reward - baseline);
  const middle = mean(rewards);
  const spread = Math.sqrt(mean(rewards.map((reward) => (reward - middle) ** 2)));
  if (spread === 0) return rewards.map(() => 0);
  if (shaping === 'z-score') return rewards.map((reward) => (reward - middle) / spread);
  return rewards.map((reward) => {
    const below = rewards.filter((other) => other < reward).length;
    const equal = rewards.filter((other) => other === reward).length;
    return (below + (equal - 1) / 2) / (rewards.length - 1) - 0.5;
  });
}

function baselineOf(rewards: readonly number[], current: number | null, { rewardBaseline }: UpdateRule): number {
  switch (rewardBaseline) {
    case 'none':
      return 0;
    case 'mean':
      return mean(rewards);
    case 'current':
      return current ?? NaN;
  }
}

/** The mean of `weight * sign * z` over the perturbations: sigma times the estimate of the gradient, in noise units. */
function weighted(perturbations: readonly Perturbation[], weights: readonly number[]): Float64Array {
  const sum = new Float64Array(perturbations[0].z.length);
  for (const [index, { z, sign }] of perturbations.entries()) {
    const weight = (sign * weights[index]) / perturbations.length;
    for (let i = 0; i < sum.length; i++) sum[i] += weight * z[i];
  }
  return sum;
}

interface Move {
  readonly direction: ArrayLike<number>;
  readonly factor: number;
  readonly moments: LatentsState['moments'];
}

function step(estimate: Float64Array, { sigma, moments }: LatentsState, { unit, learningRate, updateRule, momentum }: UpdateRule): Move {
  switch (updateRule) {
    case 'reinforce':
      return { direction: estimate, factor: (unit * learningRate) / sigma, moments: null };
    case 'normalised': {
      // Each estimate counts the same, however large it is; one without a direction leaves those before.
      const size = Math.sqrt(estimate.length);
      const length = norm(estimate);
      const kept = estimate.map((g, i) => momentum * (moments?.first[i] ?? 0) + (length === 0 ? 0 : (size * g) / length));
      const sum = norm(kept);
      const factor = sum === 0 ? 0 : (unit * learningRate * size) / sum;
      return { direction: kept, factor, moments: momentum === 0 ? null : { first: kept, second: kept, count: (moments?.count ?? 0) + 1 } };
    }
    case 'adam': {
      const count = (moments?.count ?? 0) + 1;
      const first = estimate.map((g, i) => ADAM.first * (moments?.first[i] ?? 0) + (1 - ADAM.first) * g);
      const second = estimate.map((g, i) => ADAM.second * (moments?.second[i] ?? 0) + (1 - ADAM.second) * g * g);
      const direction = first.map(
        (m, i) => m / (1 - ADAM.first ** count) / (Math.sqrt(second[i] / (1 - ADAM.second ** count)) + ADAM.epsilon),
      );
      return { direction, factor: unit * learningRate, moments: { first, second, count } };
    }
  }
}

function moved(values: Float32Array, direction: ArrayLike<number>, factor: number): Float32Array {
  return values.map((value, i) => value + factor * direction[i]);
}
