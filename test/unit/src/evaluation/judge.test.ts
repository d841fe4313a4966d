// The rule judge: which rule fires, what is strict and what lenient, and when a language model decides.
import { describe, expect, it } from 'vitest';
import { judge } from '../../../../src/evaluation/judgement';
import { judgeByRule } from '../../../../src/evaluation/judge';
import { readReply, UnreadableReply } from '../../../../src/evaluation/llm-judge';
import type { Verdict } from '../../../../src/evaluation/log';

describe('rules', () => {
  it.each([
    ['\\boxed{7}', '7', 'equal', true, true],
    ['<answer> Yes </answer>', 'yes', 'equal-ignoring-case', true, true],
    ['\\boxed{17}', '7', 'substring', false, true],
    ['It is the red star.', 'red', 'substring', false, true],
    ['\\boxed{8}', '7', null, false, false],
    ['', '7', null, false, false],
    ['so \\boxed{\\text{red}}', 'red', 'equal', true, true],
    // The solution may be boxed itself.
    ['\\boxed{red}', '<answer>\\boxed{red}</answer>', 'equal', true, true],
    // Only the final answer is looked at, not what was said before it.
    ['7 of them; \\boxed{8}', '7', null, false, false],
  ] as const)('%s against %s: %s', (output, solution, rule, strict, lenient) => {
    expect(judgeByRule(output, solution)).toMatchObject({ rule, strict, lenient });
  });
});

describe('who decides', () => {
  const seven = { prompt: 'How many?', solution: '7', options: null };
  const verdict = (equivalent: boolean): Verdict => ({ type: 'verdict', place: 0, arm: 'a', judge: 'm', equivalent });

  it('is the rules alone for strict and lenient', () => {
    expect(judge('\\boxed{17}', seven, 'strict', verdict(true))).toMatchObject({ correct: false, by: 'rules', judge: null });
    expect(judge('\\boxed{17}', seven, 'lenient', verdict(false))).toMatchObject({ correct: true, by: 'rules' });
  });

  it('is the language model where the strict rules find no equality', () => {
    expect(judge('\\boxed{seven}', seven, 'llm', verdict(true))).toMatchObject({ correct: true, by: 'llm', judge: 'm' });
    expect(judge('\\boxed{17}', seven, 'llm', verdict(false))).toMatchObject({ correct: false, by: 'llm' });
    // Equal is equal, whatever a model says.
    expect(judge('\\boxed{7}', seven, 'llm', verdict(false))).toMatchObject({ correct: true, by: 'rules' });
  });

  it('is the strict rules where the language model gave no verdict, and that is said', () => {
    expect(judge('\\boxed{17}', seven, 'llm', undefined)).toMatchObject({ correct: false, by: 'rules-as-fallback', judge: null });
  });
});

describe("a language model's reply", () => {
  it.each([
    ['{"equivalent": true}', true],
    ['```json\n{"equivalent": false}\n```', false],
    ['<think>They look {"equivalent": false}</think>\n{"equivalent": true}', true],
    ['True', true],
    ['false.', false],
  ])('%s', (reply, verdict) => expect(readReply(reply)).toBe(verdict));

  it.each([
    'Both answers state the same result, so they are equivalent.',
    'true and false',
    '{"equivalent": "yes"}',
    '{"equivalent": true} {"equivalent": false}',
    '{"same": true}',
    'null',
    '',
    '<html>502 Bad Gateway</html>',
  ])('is no verdict: %s', (reply) => expect(() => readReply(reply)).toThrow(UnreadableReply));
});
