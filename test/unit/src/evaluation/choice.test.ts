// Multiple choice: which option an answer means, and the scoring rules of published evaluations.
import { describe, expect, it } from 'vitest';
import { judgeChoice } from '../../../../src/evaluation/choice';
import { judge } from '../../../../src/evaluation/judgement';

const OPTIONS = ['a red star', 'blue', 'both', '7'];
const of = (solution: string, options: readonly string[] | null = OPTIONS, prompt = 'Which?') => ({ prompt, solution, options });

describe('the option that is meant', () => {
  it.each([
    ['Therefore, the answer is B', 'B', true, 'letter', 'B'],
    ['the answer is (b).', 'B', true, 'letter', 'B'],
    ['\\boxed{B}', 'B', true, 'letter', 'B'],
    ['\\boxed{Blue}', 'B', true, 'content', 'B'],
    ['B. blue', 'B', true, 'letter', 'B'],
    // Solutions may be contents, answers letters, and the other way round.
    ['\\boxed{B}', 'blue', true, 'letter', 'B'],
    ['blue', 'BLUE', true, 'content', 'B'],
    ['The answer is A? No: the answer is C.', 'C', true, 'letter', 'C'],
    ['the answer is B because the star is blue', 'B', true, 'letter', 'B'],
    ['the answer is B because the star is blue', 'C', false, 'letter', 'B'],
    // A small "a" is a word, and "a red star" an option; a digit is an option's content here.
    ['the answer is a circle', 'A', false, 'no-match', ''],
    ['the answer is a red star', 'A', true, 'content', 'A'],
    ['\\boxed{7}', 'D', true, 'content', 'D'],
    // A letter that no option has.
    ['\\boxed{E}', 'B', false, 'no-match', ''],
    ['I do not know', 'B', false, 'no-match', ''],
    ['', 'B', false, 'no-match', ''],
    ['\\boxed{B}', 'green', false, 'no-gold', ''],
  ] as const)('%s against %s', (output, solution, correct, rule, answer) => {
    expect(judgeChoice('m3cot', output, of(solution))).toEqual({ correct, rule, answer });
  });

  it('needs no list of options where the solution is a letter, and is not asked about free answers', () => {
    expect(judgeChoice('m3cot', 'the answer is C', of('C', null))).toMatchObject({ correct: true, rule: 'letter' });
    expect(judgeChoice('m3cot', '17', of('7', null))).toBeNull();
    expect(judge('\\boxed{17}', of('17', null), 'm3cot', undefined)).toMatchObject({ correct: true, rule: 'equal', by: 'rules' });
  });
});

describe('the lenient rule of the release', () => {
  const release = (output: string, solution: string, prompt = 'Which?') =>
    judgeChoice('m3cot-release', output, of(solution, OPTIONS, prompt));

  it('takes any letter that follows, in question and output together', () => {
    expect(release('Therefore, the answer is B', 'B')).toEqual({ correct: true, rule: 'only-match', answer: 'B' });
    expect(release('the answer is A. No, the answer is B.', 'A')).toEqual({ correct: true, rule: 'one-of-several', answer: 'A,B' });
    // What comes first after the question's own "Answer:" counts, whatever it is: here the T of "Therefore".
    const prompt = '[Question]:{Which?}\nAnswer:';
    const twenty = { prompt, solution: 'T', options: null };
    expect(judgeChoice('m3cot-release', 'Therefore, the answer is B', twenty)).toEqual({
      correct: true,
      rule: 'one-of-several',
      answer: 'T,B',
    });
    expect(release('Because it is blue, the answer is C', 'B', prompt)).toMatchObject({ correct: true });
    // The case of letters does not matter, so that the beginning of a word is a letter too.
    expect(release('the answer is blue', 'B')).toMatchObject({ correct: true });
    expect(release('\\boxed{B}', 'B')).toEqual({ correct: false, rule: 'no-match', answer: '' });
  });

  it('is more lenient than the strict one', () => {
    const output = 'the answer is A. No, the answer is B.';
    expect([judgeChoice('m3cot', output, of('A'))?.correct, release(output, 'A')?.correct]).toEqual([false, true]);
  });
});

describe("ScienceQA's rule", () => {
  it.each([
    ['Therefore, the answer is 1', '1', true, 'digit', '1'],
    ['the answer is 12', '1', true, 'digit', '1'],
    ['The answer is B', '1', true, 'letter', '1'],
    ['the answer is B, not the answer is 3', '3', true, 'digit', '3'],
    ['Answer is: 2', '2', true, 'digit', '2'],
    ['the answer is B', 'B', true, 'letter', '1'],
    ['the answer is 0', 'a red star', true, 'digit', '0'],
    ['the answer is 0', '1', false, 'digit', '0'],
    ['\\boxed{1}', '1', false, 'no-match', '-1'],
    ['the answer is 1', 'green', false, 'no-gold', ''],
  ] as const)('%s against %s', (output, solution, correct, rule, answer) => {
    expect(judgeChoice('scienceqa', output, of(solution))).toEqual({ correct, rule, answer });
  });

  it('takes a digit as a place, also where an option is that digit', () => {
    expect(judgeChoice('scienceqa', 'the answer is 3', of('3', ['3', '4', '5', '6']))).toMatchObject({ correct: true });
    expect(judgeChoice('m3cot', 'the answer is 3', of('3', ['3', '4', '5', '6']))).toMatchObject({ correct: true, answer: 'A' });
  });
});
