// The rule judge: whether an answer equals the solution, and which rule said so.
import { extractAnswer, type AnswerRule } from '../answer/extract';
import { CHOICE_JUDGES } from './choice';

/** `strict` takes the first two rules, `lenient` (the released code's) all three. */
export const RULES = ['equal', 'equal-ignoring-case', 'substring'] as const;
export type JudgeRule = (typeof RULES)[number];

/** How answers are judged: by rules, by a language model where the rules find no equality, or by the scoring rule of a published evaluation. */
export const JUDGES = ['strict', 'lenient', 'llm', ...CHOICE_JUDGES] as const;
export type JudgeName = (typeof JUDGES)[number];

export interface RuleVerdict {
  /** The rule that fired; null: none. */
  readonly rule: JudgeRule | null;
  readonly strict: boolean;
  readonly lenient: boolean;
  /** What was compared: the final answer found in the output. */
  readonly answer: string;
  /** How it was found. */
  readonly found: AnswerRule;
}

/**
 * Compares what a model wrote with the solution. The answer is `extractAnswer`'s; a solution that is itself tagged or boxed is
 * unwrapped the same way. Rules in order: equal; equal when case is ignored; the solution occurs in the answer (so "7" is found
 * in "17": that is what `strict` is for). Blank ends never count.
 */
export function judgeByRule(output: string, solution: string): RuleVerdict {
  const { text: answer, rule: found } = extractAnswer(output);
  const wanted = extractAnswer(solution).text;
  const rule = firedRule(answer, wanted);
  return { rule, strict: rule === 'equal' || rule === 'equal-ignoring-case', lenient: rule !== null, answer, found };
}

function firedRule(answer: string, wanted: string): JudgeRule | null {
  if (wanted === '') return null;
  if (answer === wanted) return 'equal';
  if (answer.toLowerCase() === wanted.toLowerCase()) return 'equal-ignoring-case';
  return answer.includes(wanted) ? 'substring' : null;
}
