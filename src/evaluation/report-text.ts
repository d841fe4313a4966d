// A report as text for a terminal and a file: tables of plain characters, numbers with their intervals.
import { formatDuration, formatNumber, formatPlural, formatSigned } from '../text/format';
import { DEPENDENCE_BINS, DEPENDENT_ABOVE, type DependenceReport, type RewardReport } from './observations';
import type { Ranking, Share } from './statistics';
import type { AnswerReport, Comparison, Report } from './summary';

const JUDGE_WORDS: Record<Report['judge'], string> = {
  strict: 'strict rules (equal, or equal when case is ignored)',
  lenient: 'lenient rules (strict, or the solution occurs in the answer)',
  llm: 'a language model where the strict rules find no equality',
};

/** The whole report as lines of text, the last one ending in a line break. */
export function reportText(report: Report): string {
  const { problems } = report;
  const lost = problems.dataset + problems.picture + problems.run;
  const kinds = (['dataset', 'picture', 'run'] as const).flatMap((kind) =>
    problems[kind] === 0 ? [] : [`${problems[kind]} by their ${kind}`],
  );
  const lines = [
    `${formatPlural(report.items, 'item', 'items')} of ${report.dataset.name}${lost === 0 ? '' : `; ${lost} without a result (${kinds.join(', ')})`}. Judged by ${JUDGE_WORDS[report.judge]}.`,
    'Intervals are of 95 % (shares: Wilson; AUROC: Hanley and McNeil); p is of the exact McNemar test on the same items.',
    '',
    ...table(
      ['', 'right', 'of', 'accuracy', 'interval', 'strict', 'lenient', 'cut off', 'tokens', 'time a run'],
      report.answers.map(answerRow),
    ),
    '',
    ...table(['compared', 'with', 'items', 'lost', 'won', 'difference', 'p'], report.comparisons.map(comparisonRow)),
    ...familyLines(report),
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

function comparisonRow({ arm, against, items, lost, won, difference, p }: Comparison): string[] {
  const points = difference === null ? '–' : formatSigned(100 * difference.value, 1);
  const spread = difference === null ? '' : ` (${formatSigned(100 * difference.low, 1)} to ${formatSigned(100 * difference.high, 1)})`;
  return [arm, against, String(items), String(lost), String(won), `${points}${spread}`, probability(p)];
}

function familyLines({ families, answers, baseline }: Report): string[] {
  if (families.length === 0) return [];
  const keys = answers.map(({ key }) => key);
  const rows = families.map(({ family, accuracy, comparisons }) => [
    family,
    String(Math.max(...Object.values(accuracy).map(({ asked }) => asked))),
    ...keys.map((key) => (accuracy[key] === undefined ? '–' : `${percent(accuracy[key].share)} (${interval(accuracy[key])})`)),
    comparisons
      .filter(({ against }) => against === baseline)
      .map(({ arm, lost, won, p }) => `${arm} ${lost}/${won} p ${probability(p)}`)
      .join('; '),
  ]);
  return ['', ...table(['family', 'items', ...keys, `lost/won against ${baseline}`], rows)];
}

function observationLines({ key, reward, dependence, calibration }: AnswerReport): string[] {
  const { ece, brier, bins } = calibration;
  const sure = [
    `probability of the answer: expected calibration error ${formatNumber(ece, 3)}, Brier ${formatNumber(brier, 3)}`,
    ...bins.flatMap(({ confidence, accuracy }) =>
      accuracy.asked === 0 ? [] : [`  said ${percent(confidence)}, right ${percent(accuracy.share)} of ${accuracy.asked}`],
    ),
  ];
  return [
    '',
    `${key}:`,
    ...[...rewardLines(reward), ...dependenceLines(dependence), ...(calibration.items === 0 ? [] : sure)].map((line) => `  ${line}`),
  ];
}

function rewardLines(reward: RewardReport | null): string[] {
  if (reward === null) return [];
  return [
    `reward: gain ${formatSigned(reward.meanGain, 4)} on average, ${formatSigned(reward.medianGain, 4)} in the middle; it rose on ${percent(reward.rose.share)} of ${reward.items}`,
    `reward as a sign of a right answer (AUROC): final ${ranking(reward.final)}, start ${ranking(reward.start)}, gain ${ranking(reward.gain)}`,
  ];
}

function dependenceLines(dependence: DependenceReport | null): string[] {
  if (dependence === null) return [];
  const { dependentTokens, tokens, histogram, mean, largest, groups } = dependence;
  const bins = histogram.map(
    (count, bin) => `${DEPENDENCE_BINS[bin]}${bin + 1 < DEPENDENCE_BINS.length ? `–${DEPENDENCE_BINS[bin + 1]}` : '+'}: ${count}`,
  );
  return [
    `image dependence: S above ${DEPENDENT_ABOVE} nat at ${percent(dependentTokens.share)} of ${tokens} tokens; tokens by |S|: ${bins.join(', ')}`,
    `image dependence as a sign of a right answer (AUROC): mean ${ranking(mean)}, largest ${ranking(largest)}`,
    `accuracy by fifths of mean dependence: ${groups.map(({ from, to, accuracy }) => `${formatNumber(from)} to ${formatNumber(to)}: ${percent(accuracy.share)}`).join('; ')}`,
  ];
}

const percent = (share: number | null): string => (share === null ? '–' : `${formatNumber(100 * share, 1)} %`);
const interval = ({ low, high }: Share): string => `${formatNumber(100 * low, 1)}–${formatNumber(100 * high, 1)}`;
const probability = (p: number): string => (p < 0.001 ? '<0.001' : formatNumber(p, 3));

function ranking({ auroc, low, high }: Ranking): string {
  return auroc === null ? '– (all right or all wrong)' : `${formatNumber(auroc)} (${formatNumber(low)}–${formatNumber(high)})`;
}

/** Columns as wide as their widest cell; the first is set left, the others right. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const widths = head.map((name, column) => Math.max(...[name, ...rows.map((row) => row[column])].map((text) => [...text].length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, column) => (column === 0 ? text.padEnd(widths[column]) : text.padStart(widths[column])))
      .join('  ')
      .trimEnd();
  return [line(head), ...rows.map(line)];
}
