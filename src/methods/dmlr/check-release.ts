// What every step of the released loop guarantees: no candidates, patches after those of the best step, the best by its own reward.
import { same, type StepCheck } from './check-words';
import type { DmlrSettings } from './settings';

/** Makes the check of one run of the released loop. */
export function createReleaseCheck({ initialPatches, budgetGrowth, maxPatches }: DmlrSettings): StepCheck {
  let share = initialPatches;
  let locked: readonly (readonly number[])[] = [];

  return (step, { candidates, latents, unperturbedReward }, before) => {
    if (unperturbedReward !== null) return 'has a reward without noise, which its loop does not measure';
    if (candidates.length > 0 || latents.some(({ rejected }) => rejected.length > 0)) return 'has candidates, which its loop does not try';
    const lists = step.latents.map(({ patches }) => patches);
    if (before === null) {
      locked = lists;
      return lists.every(({ length }) => length === 0) ? null : 'has patches, and it is the start';
    }
    const most = Math.max(...lists.map(({ length }) => length));
    if (most > share) return `has ${most} patches of one think token; by its settings and its best steps it may have ${share}`;
    for (const [latent, { patches, added }] of step.latents.entries()) {
      const first = locked[latent].slice(0, patches.length);
      if (!same(patches, [...first, ...added])) {
        return `has patches of think token ${latent + 1} that are not those of the best step and those it added`;
      }
    }
    const [reward, bar] = [step.reward ?? NaN, before.bestReward ?? NaN];
    if (step.bestReward !== Math.max(reward, bar))
      return `has the best reward ${step.bestReward ?? 'none'} where ${Math.max(reward, bar)} should be`;
    if (step.isBest) {
      locked = lists;
      share = Math.min(maxPatches, share + budgetGrowth);
    }
    return null;
  };
}
