// Which rows of a prompt have been read already, by another prompt of the same picture.
import type { PromptReading } from '../../src/model/latent-model';
import type { PromptRows } from './family-parts';
import type { KeptContext } from './kept-context';

export interface SharedRows {
  readonly context: KeptContext;
  /** Rows that need not be read again. */
  readonly length: number;
}

/**
 * The live context that has read the most of a prompt: with the same features and kind of positions, up to the first token that differs, and only past the
 * image, whose rows are what makes a prompt long. At least one row is left to be read. Null when there is none.
 */
export function sharedRows(
  live: readonly KeptContext[],
  { ids, image }: PromptRows,
  features: Float32Array | null,
  positions: PromptReading['positions'],
): SharedRows | null {
  let found: SharedRows | null = null;
  if (image === null || features === null) return found;
  for (const context of live) {
    if (context.facts.image?.features !== features || context.facts.positions !== positions) continue;
    const known = context.facts.ids;
    const most = Math.min(ids.length - 1, known.length);
    let length = 0;
    while (length < most && ids[length] === known[length]) length += 1;
    if (length >= image.start + image.length && length > (found?.length ?? 0)) found = { context, length };
  }
  return found;
}
