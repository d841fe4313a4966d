// What holds for every step of a run, whatever its method: numbers, patches, attention, and rewards beside the step before.
import { MOST } from './bounds';
import type { LatentStep, StepEvent } from './events';
import type { RunPlan } from './plan';

/** A share that 16-bit numbers may add to attention over the whole image, or to probabilities. */
const SLACK = 0.1;

/** What is wrong with a step in words, or null; `before` is the step before it. */
export function checkStep(step: StepEvent, before: StepEvent | null, imageTokens: number, plan: RunPlan): string | null {
  const expected = before === null ? 0 : before.step + 1;
  if (step.step !== expected) return `step ${step.step} comes where ${expected} should`;
  const most = Math.min(plan.steps, MOST.steps - 1);
  if (step.step > most) return `there are more than ${most + 1} steps, the start included; its settings allow no more`;
  const problem = checkLatents(step, imageTokens, plan) ?? checkReward(step, before);
  return problem === null ? null : `step ${step.step} ${problem}`;
}

function checkReward({ bestReward, isBest }: StepEvent, before: StepEvent | null): string | null {
  const last = before?.bestReward ?? null;
  if (last === null || bestReward === null) return null;
  if (isBest ? bestReward > last : bestReward === last) return null;
  return `has the best reward ${bestReward} after ${last} and ${isBest ? 'says' : 'does not say'} that it raised it`;
}

function checkLatents({ latents, patchCount }: StepEvent, imageTokens: number, { vocabularySize }: RunPlan): string | null {
  for (const latent of latents) {
    const problem = checkLatent(latent, imageTokens, vocabularySize);
    if (problem !== null) return problem;
  }
  const patches = latents.reduce((sum, latent) => sum + latent.patches.length, 0);
  return patches === patchCount ? null : `counts ${patchCount} patches, and its think tokens have ${patches}`;
}

function checkLatent({ patches, added, attention, topTokens }: LatentStep, imageTokens: number, vocabularySize: number): string | null {
  const held = new Set(patches);
  if (patches.some((patch) => patch >= imageTokens)) return `names a patch outside the image of ${imageTokens} image tokens`;
  if (held.size < patches.length) return 'names a patch twice for one think token';
  if (added.some((patch) => !held.has(patch)) || new Set(added).size < added.length) return 'added a patch that it does not have';
  if (attention.length !== 0 && attention.length !== imageTokens) {
    return `has attention over ${attention.length} image tokens instead of ${imageTokens}`;
  }
  let sum = 0;
  for (const value of attention) {
    if (value < 0) return `has the attention ${value}, which is below 0`;
    sum += value;
  }
  if (sum > 1 + SLACK) return `has attention that adds up to ${sum}; it is a share of 1`;
  return checkTokens(topTokens, vocabularySize);
}

function checkTokens(tokens: LatentStep['topTokens'], vocabularySize: number): string | null {
  let sum = 0;
  for (const [rank, { id, probability }] of tokens.entries()) {
    if (id >= vocabularySize) return `names a token with the id ${id} in a vocabulary of ${vocabularySize}`;
    if (rank > 0 && probability > tokens[rank - 1].probability) return 'lists likely tokens that are not in order';
    sum += probability;
  }
  if (new Set(tokens.map(({ id }) => id)).size < tokens.length) return 'lists a likely token twice';
  return sum > 1 + SLACK ? `lists likely tokens whose probabilities add up to ${sum}` : null;
}
