// The REINFORCE rule of the paper as a pure pair: a state, and the state after one step.
import { norm } from '../../math/stats';

export interface ReinforceState {
  /** T: [latents, hidden size] */
  readonly latents: Float32Array;
  /** sigma_k of the step to come, in noise units. */
  readonly sigma: number;
}

export interface ReinforceRule {
  /** u: what one noise unit is in the embedding space. */
  readonly unit: number;
  /** eta */
  readonly learningRate: number;
  readonly sigmaDecay: number;
}

/** The state before the first step. */
export function initReinforce(latents: Float32Array, sigma: number): ReinforceState {
  return { latents: latents.slice(), sigma };
}

/** T' = T + u sigma_k z (Eq. 5). `z`: [latents, hidden size] standard normal numbers. */
export function perturb(state: ReinforceState, z: Float32Array, unit: number): Float32Array {
  return added(state.latents, z, unit * state.sigma);
}

/**
 * T + u eta R z / sigma_k (Eq. 8-9 with xi = sigma_k z), and the decayed sigma.
 * `updateNorm` is the Euclidean length of the change of T.
 */
export function updateReinforce(
  state: ReinforceState,
  z: Float32Array,
  reward: number,
  rule: ReinforceRule,
): { readonly state: ReinforceState; readonly updateNorm: number } {
  const factor = (rule.unit * rule.learningRate * reward) / state.sigma;
  return {
    state: { latents: added(state.latents, z, factor), sigma: state.sigma * rule.sigmaDecay },
    updateNorm: Math.abs(factor) * norm(z),
  };
}

function added(values: Float32Array, direction: Float32Array, factor: number): Float32Array {
  return values.map((value, i) => value + factor * direction[i]);
}
