// What every step of the paper's loop guarantees: patches within their budget, candidates in order, kept exactly when they beat the best.
import type { StepEvent } from '../../events/events';
import { same } from './check-words';
import type { DmlrDetail } from './detail';
import type { DmlrSettings } from './settings';

/** What is wrong with step 0 in words, or null. */
export function checkStart(step: StepEvent, { candidates, latents, unperturbedReward }: DmlrDetail, settings: DmlrSettings): string | null {
  if (unperturbedReward !== (settings.measureUnperturbed ? step.reward : null)) {
    return 'has another reward without noise than with it, and there is none yet';
  }
  if (candidates.length > 0 || latents.some(({ rejected }) => rejected.length > 0)) return 'has candidates, and it is the start';
  if (!step.latents.every(({ patches, added }) => same(patches, added))) return 'has patches that it did not add';
  if (settings.patchSource === 'all') return null;
  const allowed = settings.patchSource === 'none' ? 0 : settings.initialPatches;
  const most = Math.max(...step.latents.map(({ patches }) => patches.length));
  if (most > allowed) return `has ${most} patches of one think token; its settings allow ${allowed} at the start`;
  return checkBudget(step, settings);
}

/** What is wrong with a later step in words, or null. Candidates come latent by latent, at most one for each. */
export function checkCandidates(
  step: StepEvent,
  { candidates, latents, unperturbedReward }: DmlrDetail,
  before: StepEvent,
  settings: DmlrSettings,
): string | null {
  if ((unperturbedReward !== null) !== settings.measureUnperturbed) return 'has a reward without noise against its settings';
  const lost = step.latents.findIndex(({ patches, added }, latent) => !same(patches, [...before.latents[latent].patches, ...added]));
  if (lost >= 0) return `has patches of think token ${lost + 1} that are not those of the step before and those it added`;
  const fixed = settings.patchSource === 'none' || settings.patchSource === 'all';
  if (fixed && candidates.length > 0) return 'has candidates; its settings propose none';
  if (!fixed) {
    const problem = checkBudget(step, settings);
    if (problem !== null) return problem;
  }
  let best = before.bestReward ?? 0;
  let last = -1;
  const kept = step.latents.map((): readonly number[] => []);
  const rejected = step.latents.map((): readonly number[] => []);
  for (const { latent, patches, reward, accepted } of candidates) {
    if (latent <= last || latent >= step.latents.length) return 'has candidates out of their order';
    const held = new Set(before.latents[latent].patches);
    if (
      patches.length === 0 ||
      patches.length > settings.patchesPerStep ||
      new Set(patches).size < patches.length ||
      patches.some((patch) => held.has(patch))
    ) {
      return `has a candidate of ${patches.length} patches that could not be proposed`;
    }
    if (accepted !== reward > best)
      return `has a candidate with the reward ${reward} that was ${accepted ? 'kept' : 'turned down'}, and ${best} had to be beaten`;
    if (accepted) best = reward;
    (accepted ? kept : rejected)[latent] = patches;
    last = latent;
  }
  if (step.latents.some(({ added }, latent) => !same(added, kept[latent]))) return 'added other patches than the candidates it kept';
  if (latents.some((one, latent) => !same(one.rejected, rejected[latent]))) return 'turned down other patches than its candidates';
  // The moved latents themselves may be the best; their reward is told only where it is measured for the chart.
  if (candidates.length === 0 || settings.latentsCompete) {
    if (unperturbedReward === null) return (step.bestReward ?? -Infinity) >= best ? null : lower(step, best);
    best = Math.max(best, unperturbedReward);
  }
  return step.bestReward === best ? null : lower(step, best);
}

const lower = ({ bestReward }: StepEvent, best: number): string => `has the best reward ${bestReward ?? 'none'} where ${best} should be`;

function checkBudget({ latents, patchCount }: StepEvent, { maxPatches, budgetScope }: DmlrSettings): string | null {
  const most = budgetScope === 'sequence' ? patchCount : Math.max(...latents.map(({ patches }) => patches.length));
  return most > maxPatches ? `has ${most} patches; its settings allow ${maxPatches}` : null;
}
