// The lines of a report on rewards, image dependence and certainty against right answers.
import { formatNumber, formatSigned } from '../text/format';
import type { AnswerReport } from './answer-tally';
import { DEPENDENCE_BINS, DEPENDENT_ABOVE, type CertaintyReport, type DependenceReport, type RewardReport } from './observations';
import type { Spread } from './spread';
import { bracketed, percent, ranking, shareText } from './text-table';

/** What is known of one kind of answer, under its name; the first line is empty. */
export function observationLines({ key, reward, dependence, calibration }: AnswerReport): string[] {
  const lines = [...rewardLines(reward), ...dependenceLines(dependence), ...certaintyLines(calibration)];
  return lines.length === 0 ? [] : ['', `${key}:`, ...lines.map((line) => `  ${line}`)];
}

function rewardLines(reward: RewardReport | null): string[] {
  if (reward === null) return [];
  const { gains, rose, items, final, start, gain, risingSteps, risingWhenRight, risingWhenWrong } = reward;
  return [
    `reward: gain ${formatSigned(gains?.mean, 4)} on average, ${formatSigned(gains?.median, 4)}${bracketed(gains?.interval ?? null, 4)} in the middle; it rose on ${shareText(rose)} of ${items}`,
    `reward as a sign of a right answer (AUROC): final ${ranking(final)}, start ${ranking(start)}, gain ${ranking(gain)}`,
    `steps whose reward rose: ${middle(risingWhenRight)} of a run with a right answer, ${middle(risingWhenWrong)} of one with a wrong answer; as a sign of a right answer (AUROC) ${ranking(risingSteps)}`,
  ];
}

/** Median of shares, in percent. */
const middle = (shares: Spread | null): string =>
  `${percent(shares?.median ?? null)}${shares === null || shares.interval === null ? '' : bracketed({ low: 100 * shares.interval.low, high: 100 * shares.interval.high }, 1)}`;

function dependenceLines(dependence: DependenceReport | null): string[] {
  if (dependence === null) return [];
  const { dependentTokens, tokens, histogram, mean, largest, share, groups } = dependence;
  const bins = histogram.map(
    (count, bin) => `${DEPENDENCE_BINS[bin]}${bin + 1 < DEPENDENCE_BINS.length ? `–${DEPENDENCE_BINS[bin + 1]}` : '+'}: ${count}`,
  );
  return [
    `image dependence: S above ${DEPENDENT_ABOVE} nat at ${shareText(dependentTokens)} of ${tokens} tokens; tokens by |S|: ${bins.join(', ')}`,
    `image dependence as a sign of a right answer (AUROC): mean ${ranking(mean)}, largest ${ranking(largest)}, share of tokens above ${DEPENDENT_ABOVE} nat ${ranking(share)}`,
    `accuracy by fifths of mean dependence: ${groups.map(({ from, to, accuracy }) => `${formatNumber(from)} to ${formatNumber(to)}: ${shareText(accuracy)}`).join('; ')}`,
  ];
}

function certaintyLines({ items, ece, eceInterval, brier, brierInterval, bins, confidence, tokens }: CertaintyReport): string[] {
  if (items === 0) return [];
  return [
    `probability as a sign of a right answer (AUROC): of the final answer ${ranking(confidence)}, of all tokens on average ${ranking(tokens)}`,
    `probability of the answer: expected calibration error ${formatNumber(ece, 3)}${bracketed(eceInterval, 3)}, Brier ${formatNumber(brier, 3)}${bracketed(brierInterval, 3)}`,
    ...bins.flatMap((bin) =>
      bin.accuracy.asked === 0 ? [] : [`  said ${percent(bin.confidence)}, right ${shareText(bin.accuracy)} of ${bin.accuracy.asked}`],
    ),
  ];
}
