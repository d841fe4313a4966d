// Which marks lie on the picture at a step: patches taken now, kept from before, and turned down shortly before.
import type { StepEvent } from '../../src/events/events';
import { niceLimit } from './color-map';
import { fadingRejections, type Rejected } from './patch-history';

export interface PatchMark {
  readonly patch: number;
  readonly latent: number;
  readonly kind: 'added' | 'kept' | 'rejected';
  /** 1 for what is so now; less for a rejection that fades. */
  readonly strength: number;
  /** How many marks of other think tokens lie around this one on the same patch: it is drawn inside of them. */
  readonly depth: number;
}

/** Marks of the step at `index`, of one think token or (latent null) of all; rejections first, so that they lie underneath. */
export function patchMarks(steps: readonly StepEvent[], index: number, latent: number | null, rejected: Rejected): PatchMark[] {
  const step = steps[index];
  if (!step) return [];
  const turnedDown: PatchMark[] = [];
  const held: PatchMark[] = [];
  const depths = new Map<number, number>();
  step.latents.forEach((row, number) => {
    if (latent !== null && latent !== number) return;
    const added = new Set(row.added);
    for (const patch of row.patches) {
      const depth = depths.get(patch) ?? 0;
      depths.set(patch, depth + 1);
      held.push({ patch, latent: number, kind: added.has(patch) ? 'added' : 'kept', strength: 1, depth });
    }
  });
  step.latents.forEach((_, number) => {
    if (latent !== null && latent !== number) return;
    for (const [patch, strength] of fadingRejections(steps, index, number, rejected)) {
      const depth = depths.get(patch) ?? 0;
      if (depth < 4) turnedDown.push({ patch, latent: number, kind: 'rejected', strength, depth });
      depths.set(patch, depth + 1);
    }
  });
  return [...turnedDown, ...held];
}

/** Attention over the image tokens: one think token's row, or (latent null) the mean of all rows. */
export function attentionAt(step: StepEvent | undefined, latent: number | null): readonly number[] {
  if (!step || step.latents.length === 0) return [];
  if (latent !== null) return step.latents[latent]?.attention ?? [];
  const rows = step.latents.map((row) => row.attention).filter((row) => row.length > 0);
  const mean = Array.from(rows[0] ?? [], () => 0);
  for (const row of rows) row.forEach((value, i) => (mean[i] += value / rows.length));
  return mean;
}

/** What the colours of attention span: from the mean of all patches to the largest value, over the whole run so far. */
export interface AttentionRange {
  readonly low: number;
  readonly high: number;
}

interface StepAttention {
  readonly sum: number;
  readonly count: number;
  readonly peak: number;
}

const known = new WeakMap<StepEvent, StepAttention>();

function attentionOf(step: StepEvent): StepAttention {
  const found = known.get(step);
  if (found) return found;
  let [sum, count, peak] = [0, 0, 0];
  for (const row of step.latents) {
    for (const value of row.attention) {
      sum += value;
      count += 1;
      if (value > peak) peak = value;
    }
  }
  const made = { sum, count, peak };
  known.set(step, made);
  return made;
}

const SMALLEST_RANGE = 1e-5;

/**
 * One range for every think token and step, so that colours can be compared. Attention has a floor that every patch gets:
 * colours start at the mean, or the whole picture would be veiled. Both ends are rounded, so they seldom move.
 */
export function attentionRange(steps: readonly StepEvent[]): AttentionRange {
  let [sum, count, peak] = [0, 0, 0];
  for (const step of steps) {
    const own = attentionOf(step);
    sum += own.sum;
    count += own.count;
    peak = Math.max(peak, own.peak);
  }
  const low = count === 0 ? 0 : Number((sum / count).toPrecision(2));
  return { low, high: Math.max(niceLimit([peak], SMALLEST_RANGE), low + SMALLEST_RANGE) };
}
