// What every run of DMLR guarantees of its steps and its end, so that a recording that contradicts the algorithm is found.
import type { RunEventOf, StepEvent } from '../../events/events';
import type { RunCheck } from '../../events/recorded-method';
import { mean } from '../../math/stats';
import { checkCandidates, checkStart } from './check-paper';
import { createReleaseCheck } from './check-release';
import { near, type StepCheck } from './check-words';
import { type DmlrDetail, dmlrDetail } from './detail';
import type { DmlrSettings } from './settings';

/**
 * Makes the check of one run with these settings: sigma, patch lists, candidates, rejections, rewards and the end are those of the algorithm
 * (src/README.md). Steps must have passed `checkStep`.
 */
export function checkDmlrRun(settings: DmlrSettings): RunCheck {
  let first: StepEvent | null = null;
  let before: StepEvent | null = null;
  let best = 0;
  /** What sigma may be in the step to come. */
  let sigmas: readonly number[] = [settings.exactGradient ? 0 : settings.sigma];
  const ofLoop: StepCheck = settings.algorithm === 'release' ? createReleaseCheck(settings) : paperCheck(settings);

  const check = (step: StepEvent, detail: DmlrDetail): string | null => {
    const { latents } = settings;
    if (step.latents.length !== latents || detail.latents.length !== latents) {
      return `has ${step.latents.length} latents and the detail of ${detail.latents.length}; its settings have ${latents}`;
    }
    if (step.reward === null || step.bestReward === null) return 'has no reward';
    return (
      (before === null ? checkRest(step, detail, settings) : checkMove(step, detail, before, sigmas, settings)) ??
      checkDrift(detail) ??
      ofLoop(step, detail, before)
    );
  };

  return {
    step(step) {
      const detail = dmlrDetail(step);
      if (detail === null) return `step ${step.step} has no detail of DMLR`;
      const problem = check(step, detail);
      if (problem !== null) return `step ${step.step} ${problem}`;
      if (before !== null) {
        const { sigma } = detail;
        sigmas = [sigma * settings.sigmaDecay, ...(settings.sigmaAdaptation === 'success' ? [sigma / settings.sigmaDecay] : [])];
      }
      if (step.isBest) best = step.step;
      first ??= step;
      before = step;
      return null;
    },
    finished: (event) => checkEnd(event, first, before, best, settings),
  };
}

const paperCheck =
  (settings: DmlrSettings): StepCheck =>
  (step, detail, before) =>
    before === null ? checkStart(step, detail, settings) : checkCandidates(step, detail, before, settings);

function checkRest(step: StepEvent, detail: DmlrDetail, { startingReward }: DmlrSettings): string | null {
  if (detail.sigma !== 0 || detail.updateNorm !== 0 || detail.driftFromStart !== 0) return 'has moved, and it is the start';
  if (detail.perturbed !== undefined || detail.cosine !== undefined) return 'has perturbations, and it is the start';
  return step.isBest && step.bestReward === (startingReward === 'zero' ? 0 : step.reward)
    ? null
    : 'does not have the reward that is to be beaten at first';
}

function checkMove(
  step: StepEvent,
  { sigma, perturbed, cosine }: DmlrDetail,
  before: StepEvent,
  sigmas: readonly number[],
  settings: DmlrSettings,
): string | null {
  if ((cosine !== undefined) !== (settings.measureCosine && !settings.exactGradient)) return 'has a cosine against its settings';
  if (!sigmas.some((one) => near(one, sigma))) return `has the sigma ${sigma} where ${sigmas.join(' or ')} should be`;
  if (settings.exactGradient) return checkUnmoved(step, perturbed, before);
  const tried = settings.algorithm === 'release' ? 1 : settings.samples * (settings.antithetic ? 2 : 1);
  const told = perturbed?.length ?? 1;
  if (told !== tried) return `has the rewards of ${told} perturbations; its settings try ${tried}`;
  return perturbed === undefined || near(mean(perturbed), step.reward ?? NaN)
    ? null
    : `has the reward ${step.reward ?? 'none'}, which is not the mean of its perturbations`;
}

/** With the true gradient nothing is perturbed: a step's reward is that of the latents the step before ended with. */
function checkUnmoved(step: StepEvent, perturbed: DmlrDetail['perturbed'], before: StepEvent): string | null {
  if (perturbed !== undefined) return 'has perturbations against its settings';
  const reached = dmlrDetail(before)?.unperturbedReward ?? null;
  return reached === null || reached === step.reward ? null : `has the reward ${step.reward ?? 'none'} where ${reached} should be`;
}

function checkDrift({ driftFromStart, latents }: DmlrDetail): string | null {
  const together = Math.hypot(...latents.map(({ drift }) => drift));
  return near(driftFromStart, together) ? null : `has drifted by ${driftFromStart}, and its think tokens by ${together} together`;
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
  const largest = Math.max(last.bestReward ?? -Infinity, last.reward ?? -Infinity);
  return rewardThreshold !== null && largest >= rewardThreshold
    ? null
    : `it ended at its threshold ${rewardThreshold ?? 'none'}, and its best reward is ${last.bestReward ?? 'none'}`;
}
