// Long answers in windows: every token in one of them, none too long, in time proportional to the answer.
import { describe, expect, test } from 'vitest';
import { MOST_IN_WINDOW, windowOf, windowStarts } from '../../../../web/lib/token-windows';

const tokens = (...lengths: number[]) => lengths.map((length) => ({ text: 'x'.repeat(length) }));

describe('windows', () => {
  test('an ordinary answer is one', () => {
    expect(windowStarts([])).toEqual([0]);
    expect(windowStarts(tokens(...Array.from({ length: 64 }, () => 5)))).toEqual([0]);
  });

  test.each([
    ['many short tokens', Array.from({ length: 4096 }, () => 1)],
    ['many long tokens', Array.from({ length: 500 }, () => 512)],
    ['one token longer than a window', [3, 100_000, 3, 3]],
  ])('%s: no window holds more than it may, and every token is in the window that is told for it', (_, lengths) => {
    const all = tokens(...lengths);
    const starts = windowStarts(all);
    for (const [window, start] of starts.entries()) {
      const inside = all.slice(start, starts[window + 1]);
      expect(inside.length).toBeGreaterThan(0);
      expect(inside.length).toBeLessThanOrEqual(MOST_IN_WINDOW.tokens);
      const characters = inside.reduce((sum, { text }) => sum + text.length, 0);
      if (inside.length > 1) expect(characters).toBeLessThanOrEqual(MOST_IN_WINDOW.characters);
      for (const [offset] of inside.entries()) expect(windowOf(starts, start + offset)).toBe(window);
    }
    expect(starts.length).toBeGreaterThan(1);
  });
});
