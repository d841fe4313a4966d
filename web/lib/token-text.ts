// How a token's text is shown: spaces kept, line breaks and other invisible characters given a visible mark.

export interface TokenPart {
  /** `text` is shown as it is; `mark` stands for characters that cannot be seen and is drawn fainter. */
  readonly kind: 'text' | 'mark';
  readonly text: string;
}

export interface TokenDisplay {
  readonly parts: readonly TokenPart[];
  /** Line breaks at the token's end, to be laid out after its mark. */
  readonly breaks: number;
  /** The token in words, for a screen reader: "new line", "space, dog". */
  readonly spoken: string;
}

const MARKS: Record<string, { readonly mark: string; readonly name: string }> = {
  '\n': { mark: '↵', name: 'new line' },
  '\r': { mark: '␍', name: 'carriage return' },
  '\t': { mark: '→', name: 'tab' },
  '\u00A0': { mark: '⍽', name: 'no-break space' },
  '\u200B': { mark: '⟨ZWSP⟩', name: 'zero-width space' },
  '\u200D': { mark: '⟨ZWJ⟩', name: 'zero-width joiner' },
  '\uFFFD': { mark: '�', name: 'part of a character' },
};

// Control characters, and the marks that could reorder the text around a token.
const INVISIBLE = /[\u0000-\u001F\u007F-\u009F\u00A0\u200B-\u200F\u202A-\u202E\u2060-\u2069\uFEFF\uFFFD]/;

function markOf(character: string): { readonly mark: string; readonly name: string } {
  const known = MARKS[character];
  if (known) return known;
  const code = `U+${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;
  return { mark: `⟨${code}⟩`, name: code };
}

/**
 * Splits a token's text into what is drawn and what is said.
 * With `showSpaces` leading and trailing spaces, and a token of spaces alone, get the mark ␣ (for lists of single tokens);
 * without it spaces stay spaces (for running text), except in a token of spaces alone, which keeps a width and gets a mark.
 */
export function displayToken(text: string, showSpaces = false): TokenDisplay {
  if (text === '') return { parts: [{ kind: 'mark', text: '∅' }], breaks: 0, spoken: 'nothing' };
  const parts: TokenPart[] = [];
  const words: string[] = [];
  const onlySpaces = /^ +$/.test(text);
  const first = text.length - text.trimStart().length;
  const last = text.trimEnd().length;
  const push = (kind: TokenPart['kind'], piece: string): void => {
    const before = parts.at(-1);
    if (before?.kind === kind) parts[parts.length - 1] = { kind, text: before.text + piece };
    else parts.push({ kind, text: piece });
  };
  let plain = '';
  const say = (): void => {
    if (plain.trim() !== '') words.push(plain.trim());
    plain = '';
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === ' ' && (onlySpaces || (showSpaces && (i < first || i >= last)))) {
      say();
      push('mark', '␣');
      words.push('space');
    } else if (INVISIBLE.test(character)) {
      say();
      const { mark, name } = markOf(character);
      push('mark', mark);
      words.push(name);
    } else {
      plain += character;
      push('text', character);
    }
  }
  say();
  return { parts, breaks: text.length - text.replace(/\n+$/, '').length, spoken: words.join(', ') };
}
