// A report as text for a terminal and a file: tables of plain characters, numbers with their intervals.
import { formatDuration, formatNumber, formatPlural } from '../text/format';
import type { AnswerReport } from './answer-tally';
import type { Comparison } from './comparisons';
import { observationLines } from './report-observations';
import { auditLines, breakdownLines, costLines } from './report-tables';
import type { Report } from './summary';
import { interval, percent, points, probability, table } from './text-table';

const JUDGE_WORDS: Record<Report['judge'], string> = {
  strict: 'strict rules (equal, or equal when case is ignored)',
  lenient: 'lenient rules (strict, or the solution occurs in the answer)',
  llm: 'a language model where the strict rules find no equality',
  m3cot: 'the option that the final answer means, by its letter or content; free answers strictly',
  'm3cot-release':
    'the rule of IVT-LR\'s released script for M3CoT, which is lenient (the right letter is among those after "the answer is" or "Answer:", anywhere in question and output); free answers strictly',
  scienceqa: 'the rule for ScienceQA (the first digit after "the answer is", else the letter there as a number); free answers strictly',
};

/** The whole report as lines of text, the last one ending in a line break. */
export function reportText(report: Report): string {
  const { problems } = report;
  const lost = problems.dataset + problems.picture + problems.run;
  const kinds = (['dataset', 'picture', 'run'] as const).flatMap((kind) =>
    problems[kind] === 0 ? [] : [`${problems[kind]} by their ${kind}`],
  );
  const noGold = Math.max(0, ...report.answers.map(({ rules }) => rules['no-gold'] ?? 0));
  const lines = [
    `${formatPlural(report.items, 'item', 'items')} of ${report.dataset.name}${lost === 0 ? '' : `; ${lost} without a result (${kinds.join(', ')})`}. Judged by ${JUDGE_WORDS[report.judge]}.`,
    ...(noGold === 0
      ? []
      : [`${formatPlural(noGold, 'item has', 'items have')} a solution that is none of the options: no answer is right.`]),
    'Intervals are of 95 % (shares: Wilson; AUROC: Hanley and McNeil; medians: order statistics; calibration: bootstrap); p is of the exact McNemar test on the same items.',
    '',
    ...table(
      ['', 'right', 'of', 'accuracy', 'interval', 'strict', 'lenient', 'cut off', 'tokens', 'time a run'],
      report.answers.map(answerRow),
    ),
    ...ruleLines(report),
    '',
    ...table(['compared', 'with', 'items', 'lost', 'won', 'difference', 'p'], report.comparisons.map(comparisonRow)),
    ...costLines(report),
    ...breakdownLines(report),
    ...auditLines(report),
    ...report.answers.flatMap(observationLines),
    '',
    'Left out of the paper’s observations:',
    ...report.leftOut.map((line) => `- ${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

function answerRow({ key, accuracy, strict, lenient, cutOff, meanTokens, meanMs }: AnswerReport): string[] {
  return [
    key,
    String(accuracy.right),
    String(accuracy.asked),
    percent(accuracy.share),
    interval(accuracy),
    percent(strict.share),
    percent(lenient.share),
    String(cutOff),
    formatNumber(meanTokens, 1),
    formatDuration(meanMs),
  ];
}

/** How often each rule fired. */
function ruleLines({ answers }: Report): string[] {
  return answers.map(
    ({ key, rules }) =>
      `${key} by rule: ${Object.entries(rules)
        .map(([rule, count]) => `${rule} ${count}`)
        .join(', ')}`,
  );
}

function comparisonRow(comparison: Comparison): string[] {
  const { arm, against, items, lost, won, p } = comparison;
  return [arm, against, String(items), String(lost), String(won), points(comparison), probability(p)];
}
