// Which image patches a latent gets: those with the highest scores, within the budget.
import { topIndices } from '../../math/stats';
import type { PatchLists } from './layout';
import type { DmlrSettings } from './settings';

export type PatchBudget = Pick<DmlrSettings, 'maxPatches' | 'budgetScope'>;

/** How many more patches latent `latent` may get. */
export function budgetLeft(patches: PatchLists, latent: number, budget: PatchBudget): number {
  const used = budget.budgetScope === 'latent' ? patches[latent].length : patches.reduce((sum, list) => sum + list.length, 0);
  return Math.max(0, budget.maxPatches - used);
}

/**
 * Up to `count` image tokens for a latent that it does not have yet: those with the highest scores (of equal ones the lower index;
 * -Infinity is never taken), cut to the budget left. May be empty.
 * @param scores [latents, image tokens]; empty: none
 */
export function proposePatches(scores: Float32Array, patches: PatchLists, latent: number, count: number, budget: PatchBudget): number[] {
  const imageTokens = scores.length / patches.length;
  const row = scores.subarray(latent * imageTokens, (latent + 1) * imageTokens);
  const best = topIndices(row, Math.min(count, budgetLeft(patches, latent, budget)), new Set(patches[latent]));
  return best.filter((patch) => row[patch] > -Infinity);
}

/** The patches before the first step, `initialPatches` for each latent, filled latent by latent while the budget lasts. */
export function startingPatches(
  scores: Float32Array,
  none: PatchLists,
  settings: PatchBudget & Pick<DmlrSettings, 'initialPatches'>,
): PatchLists {
  return none.reduce(
    (patches, _, latent) => withPatches(patches, latent, proposePatches(scores, patches, latent, settings.initialPatches, settings)),
    none,
  );
}

/** All image tokens in order, in `latents` lists as equal in length as they can be. */
export function spreadOver(imageTokens: number, latents: number): number[][] {
  const end = (latent: number): number => Math.round((imageTokens * latent) / latents);
  return Array.from({ length: latents }, (_, latent) => Array.from({ length: end(latent + 1) - end(latent) }, (__, i) => end(latent) + i));
}

/** The lists with `more` appended to those of one latent; the given lists stay as they are. */
export function withPatches(patches: PatchLists, latent: number, more: readonly number[]): number[][] {
  return patches.map((list, i) => (i === latent ? [...list, ...more] : [...list]));
}
