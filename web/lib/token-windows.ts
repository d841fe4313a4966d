// Long answers in windows: how many tokens are drawn at once, so that no answer is too long to be laid out.

/** Most tokens of a window, and most characters (UTF-16 units) of their texts; one token is a window, however long it is. */
export const MOST_IN_WINDOW = { tokens: 512, characters: 4000 } as const;

/** Where windows over these tokens begin, in order; the first at 0. In time proportional to the number of tokens. */
export function windowStarts(tokens: readonly { readonly text: string }[]): readonly number[] {
  const starts = [0];
  let characters = 0;
  for (const [index, { text }] of tokens.entries()) {
    characters += text.length;
    const first = starts[starts.length - 1];
    if (index === first || (index - first < MOST_IN_WINDOW.tokens && characters <= MOST_IN_WINDOW.characters)) continue;
    starts.push(index);
    characters = text.length;
  }
  return starts;
}

/** The number of the window that holds token `index`. */
export function windowOf(starts: readonly number[], index: number): number {
  return Math.max(
    0,
    starts.findLastIndex((start) => start <= index),
  );
}
