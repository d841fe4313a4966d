// Statistics of right and wrong answers: intervals, paired tests, ranking, calibration. Pure functions of counts and numbers.

/** The 97.5 % quantile of the standard normal distribution. */
const Z95 = 1.959963984540054;

/** A share 0..1 with its 95 % interval; without observations the share is null and the interval is everything. */
export interface Share {
  readonly right: number;
  readonly asked: number;
  readonly share: number | null;
  readonly low: number;
  readonly high: number;
}

/** Wilson's 95 % interval of `right` out of `asked`. Throws a RangeError for counts that cannot be. */
export function wilson(right: number, asked: number): Share {
  if (!Number.isInteger(right) || !Number.isInteger(asked) || right < 0 || right > asked) {
    throw new RangeError(`${right} of ${asked} is no share`);
  }
  if (asked === 0) return { right, asked, share: null, low: 0, high: 1 };
  const share = right / asked;
  const z2 = Z95 * Z95;
  const middle = share + z2 / (2 * asked);
  const spread = Z95 * Math.sqrt((share * (1 - share)) / asked + z2 / (4 * asked * asked));
  const scale = 1 + z2 / asked;
  return { right, asked, share, low: Math.max(0, (middle - spread) / scale), high: Math.min(1, (middle + spread) / scale) };
}

/** Two arms on the same items: what the arm lost and won against the other. */
export interface Paired {
  /** Items that both answered. */
  readonly items: number;
  /** Right in the other arm and wrong in this one. */
  readonly lost: number;
  /** Wrong in the other arm and right in this one. */
  readonly won: number;
  /** Two-sided p of McNemar's exact test: the chance of a split at least as uneven if winning and losing were equally likely. */
  readonly p: number;
  /** This arm's accuracy minus the other's, -1..1, with its 95 % interval (Agresti and Min 2005); null without items. */
  readonly difference: { readonly value: number; readonly low: number; readonly high: number } | null;
}

/** Compares two arms over `items` common items of which `lost` and `won` differ. */
export function paired(items: number, lost: number, won: number): Paired {
  if (items < lost + won) throw new RangeError(`${lost} lost and ${won} won are more than ${items} items`);
  return { items, lost, won, p: mcnemarExact(lost, won), difference: items === 0 ? null : pairedDifference(items, lost, won) };
}

/**
 * The difference with Wald's interval for paired shares after half an item was added to each of the four outcomes: without that, items on which
 * nothing differs would have an interval of no width, however few they are.
 */
function pairedDifference(items: number, lost: number, won: number): NonNullable<Paired['difference']> {
  const difference = won - lost;
  const added = items + 2;
  const middle = difference / added;
  const spread = (Z95 * Math.sqrt(lost + won + 1 - difference ** 2 / added)) / added;
  return { value: difference / items, low: Math.max(-1, middle - spread), high: Math.min(1, middle + spread) };
}

/** Two-sided p of McNemar's exact test, 0..1: a binomial test of `lost` out of `lost + won` with probability one half. */
export function mcnemarExact(lost: number, won: number): number {
  const discordant = lost + won;
  const fewer = Math.min(lost, won);
  // In logarithms: 2^-n alone is 0 from n = 1075 on. term = ln C(n, k).
  let term = 0;
  let tail = 0;
  const scale = discordant * Math.LN2;
  for (let k = 0; k <= fewer; k++) {
    if (k > 0) term += Math.log((discordant - k + 1) / k);
    tail += Math.exp(term - scale);
  }
  return Math.min(1, 2 * tail);
}

/** How well a number tells right from wrong. */
export interface Ranking {
  /** Chance that a right answer has the larger number, ties counted half; null where all are right or all wrong. */
  readonly auroc: number | null;
  /** 95 % interval by Hanley and McNeil (1982), cut to 0..1. */
  readonly low: number;
  readonly high: number;
  readonly right: number;
  readonly wrong: number;
}

/** Area under the ROC curve of `scores` as predictors of `right`, one of each per item. */
export function auroc(scores: readonly number[], right: readonly boolean[]): Ranking {
  if (scores.length !== right.length) throw new RangeError(`${scores.length} scores for ${right.length} answers`);
  const order = scores.map((_, index) => index).sort((a, b) => scores[a] - scores[b]);
  let rankSum = 0;
  let positives = 0;
  for (let from = 0; from < order.length;) {
    let to = from;
    while (to < order.length && scores[order[to]] === scores[order[from]]) to += 1;
    // Ranks from + 1 .. to share their mean.
    const rank = (from + 1 + to) / 2;
    for (let at = from; at < to; at++) {
      if (!right[order[at]]) continue;
      rankSum += rank;
      positives += 1;
    }
    from = to;
  }
  const negatives = scores.length - positives;
  if (positives === 0 || negatives === 0) return { auroc: null, low: 0, high: 1, right: positives, wrong: negatives };
  const area = (rankSum - (positives * (positives + 1)) / 2) / (positives * negatives);
  const spread = Z95 * hanleyMcNeil(area, positives, negatives);
  return { auroc: area, low: Math.max(0, area - spread), high: Math.min(1, area + spread), right: positives, wrong: negatives };
}

/**
 * Standard error of an area under the ROC curve. At 0 and 1, where the formula has none, that of an area half a pair away.
 */
function hanleyMcNeil(observed: number, positives: number, negatives: number): number {
  const half = 0.5 / (positives * negatives);
  const area = Math.min(1 - half, Math.max(half, observed));
  const q1 = area / (2 - area);
  const q2 = (2 * area * area) / (1 + area);
  const variance = area * (1 - area) + (positives - 1) * (q1 - area * area) + (negatives - 1) * (q2 - area * area);
  return Math.sqrt(Math.max(0, variance) / (positives * negatives));
}

/** One bin of a reliability diagram: confidences in [low, high), the last one closed. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly confidence: number | null;
  readonly accuracy: Share;
}

export interface Calibration {
  readonly items: number;
  /** Mean squared difference of confidence and outcome; null without items. */
  readonly brier: number | null;
  /** Expected calibration error: the mean of |confidence - accuracy| over bins, weighted by their sizes; null without items. */
  readonly ece: number | null;
  readonly bins: readonly ReliabilityBin[];
}

/** The bin of a confidence 0..1 among `count` of equal width. */
export const binOf = (confidence: number, count = 10): number => Math.min(count - 1, Math.max(0, Math.floor(confidence * count)));

/** Calibration of confidences 0..1 in `count` bins of equal width. */
export function calibration(confidences: readonly number[], right: readonly boolean[], count = 10): Calibration {
  const bins = Array.from({ length: count }, () => ({ sum: 0, asked: 0, right: 0 }));
  let squares = 0;
  for (const [index, confidence] of confidences.entries()) {
    const bin = bins[binOf(confidence, count)];
    bin.sum += confidence;
    bin.asked += 1;
    if (right[index]) bin.right += 1;
    squares += (confidence - (right[index] ? 1 : 0)) ** 2;
  }
  const items = confidences.length;
  const error = bins.reduce((sum, bin) => sum + Math.abs(bin.sum - bin.right), 0);
  return {
    items,
    brier: items === 0 ? null : squares / items,
    ece: items === 0 ? null : error / items,
    bins: bins.map((bin, index) => ({
      low: index / count,
      high: (index + 1) / count,
      confidence: bin.asked === 0 ? null : bin.sum / bin.asked,
      accuracy: wilson(bin.right, bin.asked),
    })),
  };
}

/** The `q` quantile (0..1) of numbers, interpolated linearly between neighbours; null for none. */
export function quantile(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = q * (sorted.length - 1);
  const below = Math.floor(at);
  const above = Math.min(sorted.length - 1, below + 1);
  return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
}
