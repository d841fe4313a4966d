// The loop of DMLR's released code (arXiv 2512.12623, `generate_vl`), one event per step; each of its differences from the paper is a setting.
import { throwIfAborted } from '../../errors';
import type { StepEvent } from '../../events/events';
import type { ThinkRun, Thought } from '../method';
import { readAttention } from './attention';
import type { PatchLists } from './layout';
import { proposePatches, withPatches } from './patches';
import type { DmlrSettings } from './settings';
import { endThinking, firstBest, openThinking } from './thinking';
import { drawPerturbations, initLatents, perturb, updateLatents } from './update';

/**
 * Runs the released loop: in every step one perturbation T', a pass over it alone for attention, patches placed anew (those of the
 * best step first, then the highest attention, up to a share that grows with every best), one reward, one update. The best is
 * whatever step's reward is above all before it; the latents kept for it are those of `savedLatents`. Two passes a step.
 * `samples`, `antithetic` and `patchSource` play no part here: the released code has one perturbation and attention.
 * Stops within one pass of an abort (EngineFault CANCELLED); a reward that is not finite is WRONG_NUMBERS.
 */
export async function* optimiseAsReleased(run: ThinkRun<DmlrSettings>): AsyncGenerator<StepEvent, Thought, undefined> {
  const { settings, signal } = run;
  throwIfAborted(signal);
  let begun = run.now();
  const thinking = await openThinking(run);
  const { random, unit, evaluate, start, describe } = thinking;
  const none: PatchLists = Array.from({ length: settings.latents }, () => []);

  const [first] = await evaluate([{ latents: start, patches: none, details: true }]);
  let best = firstBest(thinking, first, none, settings);
  let state = initLatents(start, settings.sigma);
  let share = settings.initialPatches;
  const facts = { start, rewards: [], candidates: [], unperturbedReward: null };
  yield describe({
    ...facts,
    step: 0,
    evaluation: { ...first, attention: await readAttention(run, start) },
    best,
    sigma: 0,
    updateNorm: 0,
    now: start,
    before: none,
    patches: none,
    ms: run.now() - begun,
  });

  const finish = (reason: string): Thought => endThinking(run, thinking, best, first, none, reason);

  for (let step = 1; step <= settings.steps; step++) {
    throwIfAborted(signal);
    begun = run.now();
    const { sigma } = state;
    const [perturbation] = drawPerturbations(random, start.length, { samples: 1, antithetic: false });
    const latents = perturb(state, perturbation, unit);
    const attention = await readAttention(run, latents);
    const locked = best.patches;
    const patches = insertsIn(step, settings) ? placed(attention, locked, share, settings) : none;
    const [evaluation] = await evaluate([{ latents, patches, details: true }]);
    const updated = updateLatents(state, [perturbation], [evaluation.reward], null, { ...settings, unit, sigmaAdaptation: 'decay' });
    state = updated.state;
    if (evaluation.reward > best.reward) {
      best = { step, reward: evaluation.reward, latents: settings.savedLatents === 'updated' ? state.latents : latents, patches };
      share = Math.min(settings.maxPatches, share + settings.budgetGrowth);
    }
    yield describe({
      ...facts,
      step,
      evaluation: { ...evaluation, attention },
      best,
      sigma,
      updateNorm: updated.updateNorm,
      now: state.latents,
      before: patches.map((list, latent) => locked[latent].slice(0, list.length)),
      patches,
      ms: run.now() - begun,
    });
    const { rewardThreshold } = settings;
    if (rewardThreshold !== null && evaluation.reward >= rewardThreshold) return finish('threshold');
  }
  return finish('steps');
}

/** Whether a step (from 1) inserts patches. */
function insertsIn(step: number, { insertFrom, insertEvery }: DmlrSettings): boolean {
  const since = step - 1 - insertFrom;
  return since >= 0 && since % insertEvery === 0;
}

/** For every `insertStride`th latent its locked patches, cut to its share, and after them those of the highest attention; none for the others. */
function placed(attention: Float32Array, locked: PatchLists, share: number, settings: DmlrSettings): PatchLists {
  return locked.reduce<PatchLists>(
    (lists, list, latent) => {
      if (latent % settings.insertStride !== 0) return lists;
      const kept = withPatches(lists, latent, list.slice(0, share));
      return withPatches(kept, latent, proposePatches(attention, kept, latent, share - kept[latent].length, settings));
    },
    locked.map(() => []),
  );
}
