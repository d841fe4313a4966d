// How much a long line of a recording may hold, told without parsing it: what parses slowly is refused before.
import { MOST } from './bounds';

/** Shorter lines are parsed at once, whatever they hold. */
const SHORT = 100_000;

/** Lists and objects in a line: those of the fullest step, each think token with its lists and its listed tokens; and as many again. */
const MOST_CONTAINERS = 2 * MOST.latents * (MOST.topTokens + 8);
/** How deep they stand in one another: an event, its detail, a list, an entry, its list; and as many again. */
const MOST_DEPTH = 10;
/** Values in a line: the attention of a step, and as many again as it has containers, with some names in each. */
const MOST_VALUES = MOST.latents * MOST.imageTokens + 8 * MOST_CONTAINERS;

const [QUOTE, BACKSLASH, COMMA, LIST, LIST_END, OBJECT, OBJECT_END] = [...'"\\,[]{}'].map((character) => character.charCodeAt(0));

/** What a line has too much of for an event, in words; null when it can be parsed in a moment. Looks at each character once. */
export function tooMuchIn(line: string): string | null {
  if (line.length <= SHORT) return null;
  let [containers, depth, values] = [0, 0, 1];
  for (let i = 0; i < line.length; i++) {
    const code = line.charCodeAt(i);
    if (code === QUOTE) {
      i = endOfText(line, i);
    } else if (code === COMMA) {
      if (++values > MOST_VALUES) return `more than ${MOST_VALUES} values`;
    } else if (code === LIST || code === OBJECT) {
      if (++containers > MOST_CONTAINERS) return `more than ${MOST_CONTAINERS} lists and objects`;
      if (++depth > MOST_DEPTH) return `lists and objects more than ${MOST_DEPTH} deep in one another`;
    } else if (code === LIST_END || code === OBJECT_END) depth -= 1;
  }
  return null;
}

/** Where the text that begins at `start` ends: at the next quote with an even number of backslashes before it. */
function endOfText(line: string, start: number): number {
  for (let end = line.indexOf('"', start + 1); end >= 0; end = line.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (line.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes += 1;
    if (backslashes % 2 === 0) return end;
  }
  return line.length;
}
