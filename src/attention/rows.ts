// What a row attends to, added up by kind of row.
import { SHARED_KINDS } from '../events/kinds';
import type { AttentionShares, SharedKind } from '../events/shares';
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
