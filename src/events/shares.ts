// What one row attends to, by what the rows before it are: sums of its attention and how many rows each sum is over.
import * as v from 'valibot';
import { count, size } from './bounds';

/** A sum of attention over rows of one kind; a little above 1 for what 16-bit numbers add. */
const partSchema = v.object({ sum: v.pipe(v.number(), v.minValue(0), v.maxValue(1.1)), keys: count });

/** Softmaxed attention of a row over all rows up to itself, mean over layers and heads; the sums add up to 1. */
export const sharesSchema = v.object({
  /** The image tokens of the prompt. */
  image: partSchema,
  /** Image tokens that a thought has inserted. */
  inserted: partSchema,
  /** Vectors that a thought has appended. */
  latents: partSchema,
  /** All other rows of the prompt, the closing among them. */
  text: partSchema,
  /** Tokens of the answer. */
  answer: partSchema,
  /** -sum p ln p over all rows, nats. */
  entropy: size,
});

export type AttentionShares = v.InferOutput<typeof sharesSchema>;
export type SharedKind = Exclude<keyof AttentionShares, 'entropy'>;
export const SHARED_KINDS = ['image', 'inserted', 'latents', 'text', 'answer'] as const satisfies readonly SharedKind[];

/** What is wrong with shares in words, or null: that their sums are no share of 1, or that they are over other than `keys` rows. */
export function sharesProblem(shares: AttentionShares, keys: number | null): string | null {
  const sum = SHARED_KINDS.reduce((all, kind) => all + shares[kind].sum, 0);
  const over = SHARED_KINDS.reduce((all, kind) => all + shares[kind].keys, 0);
  if (Math.abs(sum - 1) > 0.1) return `has attention that adds up to ${sum}; it is a share of 1`;
  const empty = SHARED_KINDS.find((kind) => shares[kind].keys === 0 && shares[kind].sum !== 0);
  if (empty !== undefined) return `has attention over the ${empty} of a sequence that has none`;
  if (shares.entropy > Math.log(over) + 0.01) return `has attention of the entropy ${shares.entropy} over ${over} rows`;
  return keys === null || over === keys ? null : `has attention over ${over} rows where there are ${keys}`;
}
