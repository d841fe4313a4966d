// The attention ratio R and the focus F, made from what a row attends to (src/README.md).
import type { AttentionShares, SharedKind } from '../events/shares';
import { SHARED_KINDS } from '../events/kinds';

/** Keeps F finite for a row that attends to one row alone. */
const EPSILON = 1e-6;
const TEXT: readonly SharedKind[] = ['latents', 'text', 'answer'];

/**
 * The attention ratio R: attention over image rows (`over`) by that over the rows of text, latents and answer, which stand for text too.
 * `each`: per row, so that the numbers of rows do not matter. Null without such image rows.
 */
export function attentionRatio(shares: AttentionShares, over: readonly ('image' | 'inserted')[], each = false): number | null {
  const add = (kinds: readonly SharedKind[]): { sum: number; keys: number } => ({
    sum: kinds.reduce((all, kind) => all + shares[kind].sum, 0),
    keys: kinds.reduce((all, kind) => all + shares[kind].keys, 0),
  });
  const [seen, text] = [add(over), add(TEXT)];
  if (seen.keys === 0 || text.sum === 0) return null;
  const ratio = seen.sum / text.sum;
  return each ? (ratio * text.keys) / seen.keys : ratio;
}

/** The focus F = 1 / (H + 1e-6) of a row's attention; `each`: H by the largest that so many rows allow, ln of their number. */
export function attentionFocus(shares: AttentionShares, each = false): number {
  const keys = SHARED_KINDS.reduce((all, kind) => all + shares[kind].keys, 0);
  const { entropy } = shares;
  return 1 / ((each && keys > 1 ? entropy / Math.log(keys) : entropy) + EPSILON);
}
