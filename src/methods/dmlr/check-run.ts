// What every run of DMLR guarantees of its steps and its end, so that a recording that contradicts the algorithm is found.
import type { RunEventOf, StepEvent } from '../../events/events';
import type { RunCheck } from '../../events/recorded-method';
import { type DmlrDetail, dmlrDetail } from './detail';
import type { DmlrSettings } from './settings';

/** What rounding may add, as a share. */
const SLACK = 1e-3;

const near = (a: number, b: number): boolean => Math.abs(a - b) <= SLACK * Math.max(Math.abs(a), Math.abs(b)) + 1e-9;
const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((value, i) => value === b[i]);

/**
 * Makes the check of one run with these settings: sigma, patch lists, candidates, rejections, rewards and the end are those of the algorithm
 * (src/README.md). Steps must have passed `checkStep`.
 */
export function checkDmlrRun(settings: DmlrSettings): RunCheck {
  let first: StepEvent | null = null;
  let before: StepEvent | null = null;
  let best = 0;
  let sigma = settings.sigma;

  const check = (step: StepEvent, detail: DmlrDetail): string | null => {
    const { latents } = settings;
    if (step.latents.length !== latents || detail.latents.length !== latents) {
      return `has ${step.latents.length} latents and the detail of ${detail.latents.length}; its settings have ${latents}`;
    }
    if (step.reward === null || step.bestReward === null) return 'has no reward';
    return (
      (before === null ? checkStart(step, detail, settings) : checkChange(step, detail, before, sigma)) ??
      checkBudget(step, settings) ??
      checkDrift(detail)
    );
  };

  return {
    step(step) {
      const detail = dmlrDetail(step);
      if (detail === null) return `step ${step.step} has no detail of DMLR`;
      const problem = check(step, detail) ?? checkTries(step, detail, before, settings);
      if (problem !== null) return `step ${step.step} ${problem}`;
      if (before !== null) sigma *= settings.sigmaDecay;
      if (step.isBest) best = step.step;
      first ??= step;
      before = step;
      return null;
    },
    finished: (event) => checkEnd(event, first, before, best, settings),
  };
}

function checkStart(
  step: StepEvent,
  detail: DmlrDetail,
  { startingReward, measureUnperturbed, initialPatches }: DmlrSettings,
): string | null {
  if (detail.sigma !== 0 || detail.updateNorm !== 0 || detail.driftFromStart !== 0) return 'has moved, and it is the start';
  if (!step.isBest || step.bestReward !== (startingReward === 'zero' ? 0 : step.reward))
    return 'does not have the reward that is to be beaten at first';
  if (detail.unperturbedReward !== (measureUnperturbed ? step.reward : null))
    return 'has another reward without noise than with it, and there is none yet';
  const most = Math.max(...step.latents.map(({ patches }) => patches.length));
  if (most > initialPatches) return `has ${most} patches of one think token; its settings allow ${initialPatches} at the start`;
  return step.latents.every(({ patches, added }) => same(patches, added)) ? null : 'has patches that it did not add';
}

function checkChange(step: StepEvent, detail: DmlrDetail, before: StepEvent, sigma: number): string | null {
  if (!near(detail.sigma, sigma)) return `has the sigma ${detail.sigma} where ${sigma} should be`;
  const lost = step.latents.findIndex(({ patches, added }, latent) => !same(patches, [...before.latents[latent].patches, ...added]));
  return lost < 0 ? null : `has patches of think token ${lost + 1} that are not those of the step before and those it added`;
}

function checkBudget({ latents, patchCount }: StepEvent, { maxPatches, budgetScope }: DmlrSettings): string | null {
  const most = budgetScope === 'sequence' ? patchCount : Math.max(...latents.map(({ patches }) => patches.length));
  return most > maxPatches ? `has ${most} patches; its settings allow ${maxPatches}` : null;
}

function checkDrift({ driftFromStart, latents }: DmlrDetail): string | null {
  const together = Math.hypot(...latents.map(({ drift }) => drift));
  return near(driftFromStart, together) ? null : `has drifted by ${driftFromStart}, and its think tokens by ${together} together`;
}

/** Candidates come latent by latent, at most one for each, and are kept exactly when they beat the best reward so far. */
function checkTries(
  step: StepEvent,
  { candidates, latents, unperturbedReward }: DmlrDetail,
  before: StepEvent | null,
  settings: DmlrSettings,
): string | null {
  if (before === null) {
    return candidates.length > 0 || latents.some(({ rejected }) => rejected.length > 0) ? 'has candidates, and it is the start' : null;
  }
  if ((unperturbedReward !== null) !== settings.measureUnperturbed) return 'has a reward without noise against its settings';
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
  // Without a candidate the update itself may be the best; its reward is told only where it is measured for the chart.
  if (candidates.length === 0) {
    if (unperturbedReward === null) return null;
    best = Math.max(best, unperturbedReward);
  }
  return step.bestReward === best ? null : `has the best reward ${step.bestReward ?? 'none'} where ${best} should be`;
}

function checkEnd(
  { reason, bestStep, bestReward }: RunEventOf<'finished'>,
  first: StepEvent | null,
  last: StepEvent | null,
  best: number,
  { steps, rewardThreshold }: DmlrSettings,
): string | null {
  if (first === null || last === null) return 'it has no steps';
  if (bestStep !== best) return `its best step is ${bestStep ?? 'none'} where ${best} should be`;
  const reached = best === 0 ? first.reward : last.bestReward;
  if (bestReward !== reached) return `its best reward is ${bestReward ?? 'none'} where ${reached ?? 'none'} should be`;
  if (reason === 'steps') return last.step === steps ? null : `it ended after all ${steps} steps, and its last step is ${last.step}`;
  if (reason !== 'threshold') return `it ended for the reason "${reason}", which is none of its method`;
  return rewardThreshold !== null && (last.bestReward ?? 0) >= rewardThreshold
    ? null
    : `it ended at its threshold ${rewardThreshold ?? 'none'}, and its best reward is ${last.bestReward ?? 'none'}`;
}
