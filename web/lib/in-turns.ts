// Long work in short turns, so that the page goes on drawing and answering in between.

/** How long a turn takes at most, but for the piece of work it ends with. */
const TURN_MS = 12;

/** Waits until the browser has drawn and handled what it had to. */
const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Does work that yields after each of its pieces, in turns; resolves with what it returns, rejects with what it throws. */
export async function inTurns<T>(work: Generator<unknown, T, undefined>, next: () => Promise<void> = nextTurn): Promise<T> {
  for (;;) {
    const until = performance.now() + TURN_MS;
    do {
      const { done, value } = work.next();
      if (done === true) return value;
    } while (performance.now() < until);
    await next();
  }
}

/** A text made of its parts, a part at a time. */
export function* joined(parts: Iterable<string>): Generator<string, string, undefined> {
  let text = '';
  for (const part of parts) yield (text += part);
  return text;
}
