// Whether an answer counts as right: the rule judge's verdict, or a language model's where one was asked.
import { CHOICE_JUDGES, judgeChoice, type ChoiceJudge, type ChoiceQuestion } from './choice';
import type { ItemLine, Verdict } from './log';
import { judgeByRule, type JudgeName, type RuleVerdict } from './judge';
import { UNTOUCHED } from './arms';
import type { Answered, ArmResult } from './measure';

export interface Judgement {
  readonly correct: boolean;
  readonly rules: RuleVerdict;
  /** The rule that decided, of those of the judge that was chosen; null: none fired. */
  readonly rule: string | null;
  /** What was compared with the solution. */
  readonly answer: string;
  /** Who decided: the rules; a language model; the rules because the language model gave no verdict. */
  readonly by: 'rules' | 'llm' | 'rules-as-fallback';
  /** The language model's name; null where it did not decide. */
  readonly judge: string | null;
}

const isChoiceJudge = (name: JudgeName): name is ChoiceJudge => (CHOICE_JUDGES as readonly string[]).includes(name);

/**
 * Judges one answer to a question. The rules of published evaluations judge questions with options; free answers to others are judged strictly
 * then. `llm` asks no language model about what the strict rules find equal; where it has no verdict, the strict rules decide.
 *
 * @param verdict what a language model said of this answer; undefined when none did.
 */
export function judge(output: string, question: ChoiceQuestion, name: JudgeName, verdict: Verdict | undefined): Judgement {
  const rules = judgeByRule(output, question.solution);
  const { rule, answer } = rules;
  const choice = isChoiceJudge(name) ? judgeChoice(name, output, question) : null;
  if (choice !== null) return { ...choice, rules, by: 'rules', judge: null };
  if (name !== 'llm' || rules.strict)
    return { correct: name === 'lenient' ? rules.lenient : rules.strict, rules, rule, answer, by: 'rules', judge: null };
  if (verdict === undefined) return { correct: rules.strict, rules, rule, answer, by: 'rules-as-fallback', judge: null };
  return { correct: verdict.equivalent, rules, rule, answer, by: 'llm', judge: verdict.judge };
}

/** One answer of an item: an arm's, or its untouched baseline's. */
export interface AnswerOf {
  /** The arm's name, with `:untouched` for its baseline. */
  readonly key: string;
  readonly answer: Answered;
  readonly arm: ArmResult;
}

/** All answers of an item: each arm's, followed by that of its own baseline where its method has one. */
export function answersOf(item: Pick<ItemLine, 'arms'>): AnswerOf[] {
  return Object.entries(item.arms).flatMap(([key, arm]) => [
    { key, answer: arm.answer, arm },
    ...(arm.untouched === null ? [] : [{ key: `${key}${UNTOUCHED}`, answer: arm.untouched, arm }]),
  ]);
}

/** The verdicts of language models on one item, by the answer's key. */
export type Verdicts = ReadonlyMap<string, Verdict>;
