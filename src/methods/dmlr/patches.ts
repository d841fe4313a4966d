// Which image patches a latent gets: the ones it attends to most, within the budget.
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
 * Up to `count` image tokens for a latent that it does not have yet: those with the largest attention (of equal ones the
 * lower index), cut to the budget left. May be empty.
 * @param attention [latents, image tokens]
 */
export function proposePatches(attention: Float32Array, patches: PatchLists, latent: number, count: number, budget: PatchBudget): number[] {
  const imageTokens = attention.length / patches.length;
  const row = attention.subarray(latent * imageTokens, (latent + 1) * imageTokens);
  return topIndices(row, Math.min(count, budgetLeft(patches, latent, budget)), new Set(patches[latent]));
}

/** The patches before the first step, filled latent by latent while the budget lasts. */
export function startingPatches(attention: Float32Array, latents: number, count: number, budget: PatchBudget): number[][] {
  let patches: number[][] = Array.from({ length: latents }, () => []);
  for (let latent = 0; latent < latents; latent++) {
    patches = withPatches(patches, latent, proposePatches(attention, patches, latent, count, budget));
  }
  return patches;
}

/** The lists with `more` appended to those of one latent; the given lists stay as they are. */
export function withPatches(patches: PatchLists, latent: number, more: readonly number[]): number[][] {
  return patches.map((list, i) => (i === latent ? [...list, ...more] : [...list]));
}
