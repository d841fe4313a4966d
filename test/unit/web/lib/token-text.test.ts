// Token text: nothing a token holds is invisible, and nothing of it is lost.
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { displayToken } from '../../../../web/lib/token-text';

describe('displayToken', () => {
  it('keeps leading spaces in running text and marks them in lists', () => {
    expect(displayToken(' dog').parts).toEqual([{ kind: 'text', text: ' dog' }]);
    expect(displayToken(' dog', true)).toEqual({
      parts: [
        { kind: 'mark', text: '␣' },
        { kind: 'text', text: 'dog' },
      ],
      breaks: 0,
      spoken: 'space, dog',
    });
  });
  it('marks and counts line breaks', () => {
    expect(displayToken('.\n\n')).toEqual({
      parts: [
        { kind: 'text', text: '.' },
        { kind: 'mark', text: '↵↵' },
      ],
      breaks: 2,
      spoken: '., new line, new line',
    });
  });
  it('a token of spaces alone can be seen', () => {
    expect(displayToken('  ').parts).toEqual([{ kind: 'mark', text: '␣␣' }]);
  });
  it('disarms text that would turn the direction of what follows', () => {
    expect(displayToken('a\u202Eb').parts).toEqual([
      { kind: 'text', text: 'a' },
      { kind: 'mark', text: '⟨U+202E⟩' },
      { kind: 'text', text: 'b' },
    ]);
  });
  it('says what an empty token or half a character is', () => {
    expect(displayToken('').spoken).toBe('nothing');
    expect(displayToken('\uFFFD').spoken).toBe('part of a character');
  });
  it('never drops a visible character and always shows something', () => {
    const special = fc.constantFrom(' ', '\n', '\t', '\u0000', '\u202E', '\uFFFD', '\u{1F600}', 'é', '中');
    const any = fc.integer({ min: 0x20, max: 0xd7ff }).map((code) => String.fromCodePoint(code));
    const texts = fc.array(fc.oneof(special, any), { maxLength: 12 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(texts, fc.boolean(), (text, spaces) => {
        const shown = displayToken(text, spaces)
          .parts.map((part) => part.text)
          .join('');
        expect(shown.length).toBeGreaterThan(0);
        const visible = text.replaceAll(/[^\p{L}\p{N}\p{P}\p{S}]/gu, '');
        expect([...visible].filter((character) => !shown.includes(character))).toEqual([]);
      }),
    );
  });
});
