// Multiple choice: which option a text means, by its letter or by its content, and the scoring rules of two published evaluations.
import { extractAnswer } from '../answer/extract';

/** Judges for questions with options; every judge's name is in `JUDGES`. */
export const CHOICE_JUDGES = ['m3cot', 'm3cot-release', 'scienceqa'] as const;
export type ChoiceJudge = (typeof CHOICE_JUDGES)[number];

/** What is known of the question whose answer is judged. */
export interface ChoiceQuestion {
  readonly prompt: string;
  /** An option's letter, its content, or (ScienceQA) its number from 0 on. */
  readonly solution: string;
  readonly options: readonly string[] | null;
}

export interface ChoiceVerdict {
  readonly correct: boolean;
  /** How the answer was found, or why none was. */
  readonly rule: 'letter' | 'content' | 'only-match' | 'one-of-several' | 'digit' | 'no-match' | 'no-gold';
  /** The option that was found, as the rule names it: a letter, several of them, or a number; empty where there is none. */
  readonly answer: string;
}

/**
 * Judges an answer by the rule of a published evaluation; null where the question has no options and its solution is no letter or
 * number: the rules for free answers judge it.
 *
 * - `m3cot`: the one option that the final answer means (a tag or a box, else what follows the last "the answer is", else the whole
 *   text), by its letter or its content.
 * - `m3cot-release`: lenient, as the released script of IVT-LR scores M3CoT. Every capital or small letter after "the answer is" or
 *   "Answer:" counts, in the question and the output together; right is an output that has the right letter among them.
 * - `scienceqa`: the first digit after "the answer is", else the first letter there as a number from 0 on, else none; it must be the solution's.
 */
export function judgeChoice(judge: ChoiceJudge, output: string, question: ChoiceQuestion): ChoiceVerdict | null {
  const gold = goldIndex(judge, question);
  if (gold === null && question.options === null) return null;
  switch (judge) {
    case 'm3cot':
      return byMeaning(output, gold, question.options);
    case 'm3cot-release':
      return byAnyMatch(`${question.prompt}\n${output}`, gold);
    case 'scienceqa':
      return byNumber(output, gold);
  }
}

/** The letter of an option: 0 is A. */
export const letterOf = (index: number): string => String.fromCharCode(65 + index);

/** Place of the solution among the options; null where it is none of them. */
function goldIndex(judge: ChoiceJudge, { solution, options }: ChoiceQuestion): number | null {
  const wanted = extractAnswer(solution).text;
  // ScienceQA's solutions are places; a digit that is an option's content means that option everywhere else.
  if (judge === 'scienceqa' && /^\d$/.test(wanted)) return Number(wanted);
  return meantOption(wanted, options)?.index ?? null;
}

/** A letter that stands alone, with whatever brackets and points it may have: "B", "(B)", "B.", "B) red" with its content after it. */
const LETTER = /^\(?([A-Za-z])[).:]*(?:\s|$)/;

/** The option that a text means: its letter alone or before its content, or its content, whatever the case; null for none or several. */
function meantOption(
  text: string,
  options: readonly string[] | null,
): { readonly index: number; readonly by: 'letter' | 'content' } | null {
  const plain = text.trim().replace(/\.$/, '');
  const same = (options ?? []).flatMap((option, index) => (option.toLowerCase() === plain.toLowerCase() ? [index] : []));
  const [, letter] = LETTER.exec(plain) ?? [];
  if (letter !== undefined) {
    const index = letter.toUpperCase().charCodeAt(0) - 65;
    const rest = plain.replace(LETTER, '').trim().toLowerCase();
    const fits = options === null || index < options.length;
    if (fits && (rest === '' || rest === options?.[index]?.toLowerCase())) return { index, by: 'letter' };
  }
  return same.length === 1 ? { index: same[0], by: 'content' } : null;
}

/** What follows the last "the answer is", up to the end of its line. */
const SAID = /^[^]*\bthe\s+answer\s+is:?\s*([^\n]*)/i;

function byMeaning(output: string, gold: number | null, options: readonly string[] | null): ChoiceVerdict {
  if (gold === null) return { correct: false, rule: 'no-gold', answer: '' };
  const { text, rule } = extractAnswer(output);
  const said = rule === 'whole-text' ? (SAID.exec(output)?.[1] ?? text) : text;
  // "the answer is B because …": the letter is followed by words that are no option. A small a is a word.
  const capital = rule === 'whole-text' && said !== text ? /^\(?[A-Z]\b/.exec(said)?.[0] : undefined;
  const meant = meantOption(said, options) ?? (capital === undefined ? null : meantOption(capital, options));
  if (meant === null) return { correct: false, rule: 'no-match', answer: '' };
  return { correct: meant.index === gold, rule: meant.by, answer: letterOf(meant.index) };
}

function byAnyMatch(text: string, gold: number | null): ChoiceVerdict {
  if (gold === null) return { correct: false, rule: 'no-gold', answer: '' };
  const letters = new Set(Array.from(text.matchAll(/(?:the\s+answer\s+is|Answer:)\s*([A-Z])/gi), (match) => match[1].toUpperCase()));
  if (letters.size === 0) return { correct: false, rule: 'no-match', answer: '' };
  return {
    correct: letters.has(letterOf(gold)),
    rule: letters.size === 1 ? 'only-match' : 'one-of-several',
    answer: [...letters].join(','),
  };
}

function byNumber(output: string, gold: number | null): ChoiceVerdict {
  if (gold === null) return { correct: false, rule: 'no-gold', answer: '' };
  const after = (what: string): string | undefined =>
    (new RegExp(`the\\s+answer\\s+is\\s+(${what})`, 'i').exec(output) ?? new RegExp(`answer\\s+is:?\\s*(${what})`, 'i').exec(output))?.[1];
  const digit = after('\\d');
  const letter = digit === undefined ? after('[A-Z]') : undefined;
  if (digit === undefined && letter === undefined) return { correct: false, rule: 'no-match', answer: '-1' };
  const found = digit === undefined ? (letter ?? '').toUpperCase().charCodeAt(0) - 65 : Number(digit);
  return { correct: found === gold, rule: digit === undefined ? 'letter' : 'digit', answer: String(found) };
}
