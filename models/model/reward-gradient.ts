// The gradient of the reward by rows after a context.
import { fault } from '../../src/errors';
import type { AbortSignalLike, GradientCandidate, RewardGradient } from '../../src/model/latent-model';
import { checkCandidate } from './checks';
import type { KeptContext } from './kept-context';
import type { PassReader } from './parts';
import type { Passes } from './passes';
import { resolveRows } from './rows';

/** As `LatentModel.rewardGradient`, after a context that has been found to be the model's own. */
export async function rewardGradient<D extends PassReader>(
  passes: Passes<D>,
  own: KeptContext,
  { rows, scoredRows, topK }: GradientCandidate,
  signal: AbortSignalLike,
): Promise<RewardGradient> {
  const { info } = passes.parts;
  checkCandidate({ rows, logitRows: scoredRows }, own, { topK }, info);
  const { length, embeddings, positions } = await resolveRows(rows, own.facts, passes.space);
  await passes.pause(signal);
  const { gradient } = passes.parts;
  if (gradient === null) {
    throw fault(
      'BAD_INPUT',
      `${info.name} has no gradient graph for the type ${info.dtype}; the embedded model has one for each of its types.`,
      'Choose the embedded model, or estimate the gradient from perturbations.',
    );
  }
  return passes.differentiate(gradient, { rows: length, embeddings, positions, past: own.cache, scoredRows, topK });
}
