// Differences of two answers: what is unmarked on both sides is the same text in the same order.
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { diffAnswers } from '../../../../web/lib/answer-diff';

const kept = (tokens: readonly string[], marks: readonly boolean[]): string[] => tokens.filter((_, i) => !marks[i]);

describe('diffAnswers', () => {
  it('marks the words that changed and nothing else', () => {
    expect(diffAnswers(['It', ' is', ' red', '.'], ['It', ' is', ' dark', ' blue', '.'])).toEqual({
      baseline: [false, false, true, false],
      answer: [false, false, true, true, false],
    });
  });
  it('finds what is common in the middle of two changes', () => {
    expect(diffAnswers(['a', 'x', 'b', 'c'], ['d', 'x', 'e', 'c'])).toEqual({
      baseline: [true, false, true, false],
      answer: [true, false, true, false],
    });
  });
  it('leaves the same unmarked tokens on both sides, and everything unmarked when equal', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 30 });
    fc.assert(
      fc.property(words, words, (a, b) => {
        const diff = diffAnswers(a, b);
        expect(kept(a, diff.baseline)).toEqual(kept(b, diff.answer));
        expect(diffAnswers(a, a).answer).not.toContain(true);
      }),
    );
  });
});
