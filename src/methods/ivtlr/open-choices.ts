// What a run does where its settings leave it open: what the model was trained with, or the released code's numbers.
import type { InterleavedLatent } from '../../model/interleaved-schema';
import type { ModelFacts } from '../method';
import type { IvtlrOwnSettings } from './fields';

/** The released code's numbers, for a model that was not trained for latent steps. Positions are the model's own: any other would be new to it. */
export const RELEASED: InterleavedLatent = { steps: 3, patches: 32, order: 'release', reuse: 'never', positions: 'model' };

/** Positions of the prompt's rows. */
export function positionsOf({ positions }: Pick<IvtlrOwnSettings, 'positions'>, { interleavedLatent = RELEASED }: ModelFacts) {
  return positions === 'trained' ? interleavedLatent.positions : positions;
}

/** Steps that are taken at most; 0 where neither part of a step is wanted. */
export function stepsOf(
  { latentSteps, textPart, visionPart }: Pick<IvtlrOwnSettings, 'latentSteps' | 'textPart' | 'visionPart'>,
  { interleavedLatent = RELEASED }: ModelFacts,
): number {
  return textPart || visionPart ? (latentSteps ?? interleavedLatent.steps) : 0;
}
