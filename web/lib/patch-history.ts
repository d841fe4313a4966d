// What has happened to a patch: which think tokens hold it, since which step, and when it was turned down.
import type { StepEvent } from '../../src/events/events';
import type { MethodView } from './method-view';

export interface PatchHold {
  readonly latent: number;
  /** Step that added the patch to this latent's list. */
  readonly since: number;
}

export interface PatchRejection {
  readonly latent: number;
  readonly step: number;
}

export interface PatchHistory {
  readonly holds: readonly PatchHold[];
  /** Every time the patch was tried and turned down, up to the step asked for. */
  readonly rejections: readonly PatchRejection[];
}

/** Patches that a step tried for a latent and turned down. */
export type Rejected = MethodView['rejected'];

/** History of image token `patch` up to and including the step at `index` of `steps`. */
export function patchHistory(steps: readonly StepEvent[], index: number, patch: number, rejected: Rejected): PatchHistory {
  const holds: PatchHold[] = [];
  const rejections: PatchRejection[] = [];
  const now = steps[index];
  if (!now) return { holds, rejections };
  now.latents.forEach((latent, number) => {
    if (!latent.patches.includes(patch)) return;
    const first = steps.find((step) => step.latents[number]?.added.includes(patch));
    holds.push({ latent: number, since: first?.step ?? now.step });
  });
  for (const step of steps.slice(0, index + 1)) {
    step.latents.forEach((_, number) => {
      if (rejected(step, number).includes(patch)) rejections.push({ latent: number, step: step.step });
    });
  }
  return { holds, rejections };
}

/**
 * For each think token of the step at `index`, since which step it has its patches: the first step that added them. One look at every step,
 * however many patches there are.
 */
export function heldSince(steps: readonly StepEvent[], index: number): readonly ReadonlyMap<number, number>[] {
  const since = (steps[index]?.latents ?? []).map(() => new Map<number, number>());
  for (const { step, latents } of steps) {
    for (const [number, { added }] of latents.slice(0, since.length).entries()) {
      for (const patch of added) if (!since[number].has(patch)) since[number].set(patch, step);
    }
  }
  return since;
}

/** How long a turned-down patch stays visible, in steps. */
export const FADE_STEPS = 4;

/**
 * Patches turned down for `latent` at the step at `index` or shortly before, with their strength 1 (now) to near 0;
 * those it has taken since are left out.
 */
export function fadingRejections(
  steps: readonly StepEvent[],
  index: number,
  latent: number,
  rejected: Rejected,
): ReadonlyMap<number, number> {
  const held = new Set(steps[index]?.latents[latent]?.patches);
  const fading = new Map<number, number>();
  for (let age = 0; age < FADE_STEPS && index - age >= 0; age++) {
    const step = steps[index - age];
    for (const patch of step ? rejected(step, latent) : []) {
      if (!held.has(patch) && !fading.has(patch)) fading.set(patch, 1 - age / FADE_STEPS);
    }
  }
  return fading;
}
