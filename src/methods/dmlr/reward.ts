// The confidence reward of a reading, in the paper's form and in the released code's.
import { mean } from '../../math/stats';
import type { Reading } from '../../model/latent-model';
import type { DmlrSettings } from './settings';

/** Added to a probability before its logarithm by the released code. */
const CODE_EPSILON = 1e-10;

/**
 * R over all logit rows of a reading, from the `topK` largest probabilities of each.
 * - `paper` (Eq. 6-7): H_k = -sum p ln p over the top k, not renormalised, in nats; R = 1 - mean H_k. At most 1.
 * - `code`: R = mean of -(1/k) sum ln(p + 1e-10) over the top k. Above 0.
 */
export function rewardOf(reading: Reading, form: DmlrSettings['rewardForm'], topK: number): number {
  const rows = rowProbabilities(reading, topK);
  return form === 'paper' ? 1 - mean(rows.map(truncatedEntropy)) : mean(rows.map(meanSurprise));
}

/** Mean over the logit rows of the largest probability, 0..1. */
export function topProbabilityOf(reading: Reading): number {
  return mean(rowProbabilities(reading, 1).map((row) => row[0]));
}

/** The `count` largest probabilities of each logit row, descending. */
export function rowProbabilities(reading: Reading, count: number): number[][] {
  const { topLogits, logSumExp } = reading;
  const width = topLogits.length / logSumExp.length;
  return Array.from(logSumExp, (total, row) =>
    Array.from(topLogits.subarray(row * width, row * width + Math.min(count, width)), (logit) => Math.exp(logit - total)),
  );
}

function truncatedEntropy(probabilities: readonly number[]): number {
  // p ln p tends to 0 with p, where 0 times minus infinity would be no number. A p that is no number must stay one.
  return probabilities.reduce((sum, p) => (p === 0 ? sum : sum - p * Math.log(p)), 0);
}

function meanSurprise(probabilities: readonly number[]): number {
  return mean(probabilities.map((p) => -Math.log(p + CODE_EPSILON)));
}
