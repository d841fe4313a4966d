// Token text: nothing a token holds is invisible, and nothing of it is lost.
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { displayToken } from '../../web/lib/token-text';

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
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.boolean(), (text, spaces) => {
        const shown = displayToken(text, spaces)
          .parts.map((part) => part.text)
          .join('');
        expect(shown.length).toBeGreaterThan(0);
        for (const c of text) if (/[\p{L}\p{N}\p{P}\p{S}]/u.test(c)) expect(shown).toContain(c);
      }),
    );
  });
});
