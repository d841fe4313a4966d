// Answer extraction: which text is the final answer, and which rule said so.
import { expect, test } from 'vitest';
import { extractAnswer } from '../../../../src/answer/extract';

test.each([
  ['The star is red. \\boxed{red}', 'red', 'boxed'],
  ['\\boxed{red} no, \\boxed{blue}', 'blue', 'boxed'],
  ['\\boxed{\\frac{1}{2}}', '\\frac{1}{2}', 'boxed'],
  ['\\boxed{red} and \\boxed{never closed', 'red', 'boxed'],
  ['\\boxed{\\text{ a large star }}', 'a large star', 'boxed'],
  ['\\boxed{a \\} b}', 'a \\} b', 'boxed'],
  ['\\\\boxed{7}', '7', 'boxed'],
  ['} \\boxed{7}', '7', 'boxed'],
  ['<think>\\boxed{1}</think><answer> 2 </answer>', '2', 'answer-tag'],
  ['<ANSWER>\\boxed{3}</ANSWER> \\boxed{4}', '3', 'answer-tag'],
  ['<answer></answer> \\boxed{5}', '5', 'boxed'],
  ['<answer>never closed', '<answer>never closed', 'whole-text'],
  [' red. ', 'red.', 'whole-text'],
  ['', '', 'whole-text'],
])('%s', (text, answer, rule) => {
  expect(extractAnswer(text)).toEqual({ text: answer, rule });
});

test('hostile text does not take long', () => {
  const text = '\\boxed{<answer>'.repeat(50_000);
  const before = performance.now();
  expect(extractAnswer(text).rule).toBe('whole-text');
  expect(performance.now() - before).toBeLessThan(1000);
});
