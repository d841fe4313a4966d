// The sentences of a chain of thought, and what each attends to.
import { type AttentionShares, SHARED_KINDS } from '../events/shares';

/** Tokens first..last of an answer. */
export interface SentenceAttention {
  readonly text: string;
  readonly first: number;
  readonly last: number;
  /** Means over the sentence's tokens: of each sum, of the number of rows it is over, and of the entropy. */
  readonly shares: AttentionShares;
}

const END = /[.!?\n]\s*$/;

/**
 * Takes an answer apart where a token ends a sentence: with `.`, `!`, `?` or a line break, where white space follows or ends it. What follows
 * the last one is a sentence too; tokens without text at the end join the last.
 * @param attention of each token; sentences with tokens that have none are left out
 */
export function sentenceAttention(
  tokens: readonly { readonly text: string }[],
  attention: readonly (AttentionShares | undefined)[],
): readonly SentenceAttention[] {
  const sentences: SentenceAttention[] = [];
  let first = 0;
  let text = '';
  for (const [index, token] of tokens.entries()) {
    text += token.text;
    // The text that follows; of an end token there is none.
    let after = index + 1;
    while (after < tokens.length && tokens[after].text === '') after += 1;
    const next = after < tokens.length ? tokens[after].text : undefined;
    const isLast = index === tokens.length - 1;
    // "3.5" goes on; an end token without text belongs to the sentence that it ends.
    if (!isLast && (next === undefined || !END.test(text) || (!/\s$/.test(text) && !/^\s/.test(next)))) continue;
    const told = attention.slice(first, index + 1).filter((shares) => shares !== undefined);
    if (told.length === index + 1 - first) sentences.push({ text, first, last: index, shares: meanShares(told) });
    first = index + 1;
    text = '';
  }
  return sentences;
}

/** Means of shares, at least one. */
function meanShares(all: readonly AttentionShares[]): AttentionShares {
  const mean = (of: (shares: AttentionShares) => number): number => all.reduce((sum, shares) => sum + of(shares), 0) / all.length;
  const parts = SHARED_KINDS.map((kind) => [kind, { sum: mean((one) => one[kind].sum), keys: mean((one) => one[kind].keys) }] as const);
  return { ...(Object.fromEntries(parts) as Omit<AttentionShares, 'entropy'>), entropy: mean(({ entropy }) => entropy) };
}
