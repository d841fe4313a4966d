// The sequence a step put before the model, as stretches of rows: prompt, think tokens, the patches inserted for each, closing.
import { MOST } from '../../src/events/bounds';
import type { RunEventOf } from '../../src/events/events';
import type { Layout } from './method-view';

export type Segment = RunEventOf<'prompt'>['segments'][number];
export type SequenceRole = Segment['role'] | 'patches';

export interface Stretch {
  readonly role: SequenceRole;
  /** First row in the whole sequence, inserted patches counted. */
  readonly start: number;
  readonly length: number;
  readonly text: string;
  /** The think token this stretch is, or belongs to; null outside the think block. */
  readonly latent: number | null;
  /** Inserted image tokens, in order; empty for other stretches. */
  readonly patches: readonly number[];
}

type Draft = Omit<Stretch, 'start'>;

function thinkBlock(held: readonly (readonly number[])[], layout: Layout): Draft[] {
  const block: Draft[] = [];
  const patchesOf = (latent: number): Draft[] => {
    const patches = held[latent];
    return patches.length === 0 ? [] : [{ role: 'patches', length: patches.length, text: '', latent, patches }];
  };
  held.forEach((_, latent) => {
    const think: Draft = { role: 'think', length: 1, text: '', latent, patches: [] };
    if (layout === 'alone') block.push(...patchesOf(latent));
    else if (layout === 'before-each') block.push(...patchesOf(latent), think);
    else if (layout === 'after-each') block.push(think, ...patchesOf(latent));
    else block.push(think);
  });
  if (layout === 'after-all') held.forEach((_, latent) => block.push(...patchesOf(latent)));
  return block;
}

/**
 * Lays out the sequence: the prompt's segments with the think segment opened into latents and their inserted patches; of a prompt without one,
 * the latents follow it.
 * `held[i]` is V_i, the image tokens inserted for latent i (none for all of them before the first step).
 */
export function layOutSequence(segments: readonly Segment[], held: readonly (readonly number[])[], layout: Layout): Stretch[] {
  const rows: Stretch[] = [];
  let start = 0;
  const push = (draft: Draft): void => {
    rows.push({ ...draft, start });
    start += draft.length;
  };
  for (const segment of segments) {
    if (segment.role === 'think') {
      const latents = Math.min(segment.length, MOST.latents);
      const lists = held.length > 0 ? held : Array.from({ length: latents }, (): readonly number[] => []);
      thinkBlock(lists, layout).forEach(push);
    } else if (segment.length > 0) {
      push({ role: segment.role, length: segment.length, text: segment.text, latent: null, patches: [] });
    }
  }
  if (!segments.some(({ role }) => role === 'think')) thinkBlock(held, layout).forEach(push);
  return rows;
}

export type StripScale = 'rows' | 'even';

/**
 * Widths of stretches as shares of the strip (they add up to 1). `rows`: proportional to the rows. `even`: to the root of
 * the rows, so that one think token can be seen beside an image of hundreds.
 */
export function stripShares(stretches: readonly Pick<Stretch, 'length'>[], scale: StripScale): number[] {
  const weights = stretches.map(({ length }) => (scale === 'rows' ? length : Math.sqrt(length)));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => (total > 0 ? weight / total : 0));
}
