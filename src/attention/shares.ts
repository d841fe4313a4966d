// What a row attends to, added up by kind of row; the attention ratio R and the focus F that are made from it (src/README.md).
import { type AttentionShares, SHARED_KINDS, type SharedKind } from '../events/shares';
import type { Context, Row } from '../model/latent-model';

/** Kinds of the rows of a prompt and of rows after it. `answerFrom`: the place in `rows` from which they are the answer's. */
export function kindsOf({ length, appended, image }: Context, rows: readonly Row[], answerFrom = rows.length): readonly SharedKind[] {
  const prompt = length - appended.length;
  const [start, end] = image === null ? [0, 0] : [image.start, image.start + image.length];
  return [
    ...Array.from({ length: prompt }, (_, row): SharedKind => (row >= start && row < end ? 'image' : 'text')),
    ...appended.map(kindOf),
    ...rows.map((row, index) => (index >= answerFrom ? 'answer' : kindOf(row))),
  ];
}

const kindOf = ({ kind }: Row): SharedKind => (kind === 'image' ? 'inserted' : kind === 'vector' ? 'latents' : 'text');

/**
 * Adds up one row's attention.
 * @param attention one number for each row of the sequence up to the row itself (those after it are 0 and left out)
 * @param kinds of at least as many rows
 */
export function sharesOf(attention: ArrayLike<number>, kinds: readonly SharedKind[]): AttentionShares {
  const parts = Object.fromEntries(SHARED_KINDS.map((kind) => [kind, { sum: 0, keys: 0 }])) as Record<
    SharedKind,
    { sum: number; keys: number }
  >;
  let entropy = 0;
  for (let row = 0; row < attention.length; row++) {
    const share = attention[row];
    const part = parts[kinds[row]];
    part.sum += share;
    part.keys += 1;
    if (share > 0) entropy -= share * Math.log(share);
  }
  return { ...parts, entropy: Math.max(0, entropy) };
}

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
