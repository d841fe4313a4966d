// Finds the final answer in what a model wrote, and says by which rule.

export type AnswerRule = 'answer-tag' | 'boxed' | 'whole-text';

export interface ExtractedAnswer {
  readonly text: string;
  readonly rule: AnswerRule;
}

/**
 * The final answer: the content of the first `<answer>…</answer>`, else of the last balanced `\boxed{…}`, else the whole
 * text. An answer tag may itself hold a `\boxed{…}`, and a box a single `\text{…}`; both are unwrapped.
 */
export function extractAnswer(text: string): ExtractedAnswer {
  const tagged = firstTagged(text);
  if (tagged) return { text: lastBoxed(tagged) ?? tagged, rule: 'answer-tag' };
  const boxed = lastBoxed(text);
  if (boxed !== null) return { text: boxed, rule: 'boxed' };
  return { text: text.trim(), rule: 'whole-text' };
}

/** The content of the first answer tag that closes, or null when there is none or it is blank. */
function firstTagged(text: string): string | null {
  const opening = /<answer>/i.exec(text);
  if (opening === null) return null;
  const rest = text.slice(opening.index + opening[0].length);
  const closing = /<\/answer>/i.exec(rest);
  return closing === null ? null : rest.slice(0, closing.index).trim() || null;
}

const [BACKSLASH, OPEN, CLOSE] = ['\\', '{', '}'].map((character) => character.charCodeAt(0));

/** The content of the last `\boxed{…}` whose braces balance, or null. One pass, so that no text can make it slow. */
function lastBoxed(text: string): string | null {
  const opening = '\\boxed{';
  /** Where the contents of open brackets start: as it is for a box, its complement for a plain brace. */
  const open: number[] = [];
  let found: { readonly start: number; readonly end: number } | null = null;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === BACKSLASH) {
      if (text.startsWith(opening, i)) {
        i += opening.length - 1;
        open.push(i + 1);
      } else if (text[i + 1] === '{' || text[i + 1] === '}') i++; // An escaped brace is a character, not a bracket.
    } else if (code === OPEN) {
      open.push(~(i + 1));
    } else if (code === CLOSE) {
      const closed = open.pop();
      if (closed !== undefined && closed >= 0 && (found === null || closed > found.start)) found = { start: closed, end: i };
    }
  }
  return found === null ? null : unwrapText(text.slice(found.start, found.end).trim());
}

/** The inside of `\text{…}` when that is all there is. */
function unwrapText(content: string): string {
  return /^\\text\{([^{}]*)\}$/.exec(content)?.[1].trim() ?? content;
}
