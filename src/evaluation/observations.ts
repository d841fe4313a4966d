// The paper's observations as far as finished runs tell: rewards, certainty and image dependence against right and wrong answers.
import { bootstrapIntervals, spread, type Interval, type Spread } from './spread';
import { auroc, binOf, calibration, wilson, type Calibration, type Ranking, type Share } from './statistics';

/** Of the paper's motivation (section 3), what a finished run cannot tell, and what of this report comes nearest. */
export const LEFT_OUT: readonly string[] = [
  'Observation 1 (correct chains raise the probability of the gold answer in more of their steps): needs the gold answer scored after each step, which runs do not do. Here: the share of steps in which the reward rose.',
  'Observation 2 (faithful above spurious among correct chains): needs a judge of reasoning, not of answers.',
  'Observation 3 (hallucinated steps are less sure and look less at the image): needs steps marked as hallucinated. Here: how sure whole answers are and how much they depend on the image, right ones against wrong ones.',
];

/** How rewards of one arm go with right answers. */
export interface RewardReport {
  readonly items: number;
  /** The reward of what was decoded, as a predictor of a right answer. */
  readonly final: Ranking;
  /** The reward of the untouched start. */
  readonly start: Ranking;
  /** What the reward gained between the two: below 0.5, gaining predicts errors. */
  readonly gain: Ranking;
  readonly gains: Spread | null;
  /** Share of a run's steps whose reward is above that of the step before, as a predictor of a right answer; of runs with two steps or more. */
  readonly risingSteps: Ranking;
  /** That share in runs with a right answer, and with a wrong one. */
  readonly risingWhenRight: Spread | null;
  readonly risingWhenWrong: Spread | null;
  /** Items on which the reward rose at all. */
  readonly rose: Share;
}

export class RewardTally {
  readonly #start: number[] = [];
  readonly #best: number[] = [];
  readonly #right: boolean[] = [];
  readonly #rising: { readonly share: number; readonly right: boolean }[] = [];

  /** @param rewards of the run's steps in order, the start's first; empty where they are not known. */
  add({ start, best }: { readonly start: number; readonly best: number }, rewards: readonly number[], right: boolean): void {
    this.#start.push(start);
    this.#best.push(best);
    this.#right.push(right);
    const steps = rewards.length - 1;
    if (steps < 1) return;
    const rises = rewards.filter((reward, step) => step > 0 && reward > rewards[step - 1]).length;
    this.#rising.push({ share: rises / steps, right });
  }

  /** null when no item had rewards. */
  report(): RewardReport | null {
    const items = this.#right.length;
    if (items === 0) return null;
    const gains = this.#best.map((best, index) => best - this.#start[index]);
    return {
      items,
      final: auroc(this.#best, this.#right),
      start: auroc(this.#start, this.#right),
      gain: auroc(gains, this.#right),
      gains: spread(gains),
      risingSteps: auroc(
        this.#rising.map(({ share }) => share),
        this.#rising.map(({ right }) => right),
      ),
      risingWhenRight: this.#risingWhen(true),
      risingWhenWrong: this.#risingWhen(false),
      rose: wilson(gains.filter((gain) => gain > 0).length, items),
    };
  }

  #risingWhen(wanted: boolean): Spread | null {
    return spread(this.#rising.flatMap(({ share, right }) => (right === wanted ? [share] : [])));
  }
}

/** How sure an arm was of its answers, and how that goes with right ones. */
export interface CertaintyReport extends Calibration {
  /** Percentile bootstrap over answers. */
  readonly eceInterval: Interval | null;
  readonly brierInterval: Interval | null;
  /** The probability of the final answer as a predictor of a right one. */
  readonly confidence: Ranking;
  /** The geometric mean of the probabilities of all tokens of the output likewise. */
  readonly tokens: Ranking;
}

export class CertaintyTally {
  readonly #confidence: number[] = [];
  readonly #tokens: number[] = [];
  readonly #right: boolean[] = [];

  /**
   * Counts an answer; one without tokens tells nothing.
   * @param logprob ln of the probability of the final answer's tokens.
   * @param meanLogprob mean ln of the probability of all tokens.
   */
  add({ logprob, meanLogprob }: { readonly logprob: number | null; readonly meanLogprob: number | null }, right: boolean): void {
    if (logprob === null || meanLogprob === null) return;
    this.#confidence.push(Math.exp(logprob));
    this.#tokens.push(meanLogprob);
    this.#right.push(right);
  }

  report(): CertaintyReport {
    const intervals = bootstrapIntervals(this.#right.length, calibrationOf(this.#confidence, this.#right));
    return {
      ...calibration(this.#confidence, this.#right),
      eceInterval: intervals?.[0] ?? null,
      brierInterval: intervals?.[1] ?? null,
      confidence: auroc(this.#confidence, this.#right),
      tokens: auroc(this.#tokens, this.#right),
    };
  }
}

/** Expected calibration error and Brier score of a draw, as `calibration` has them, without making anything for each of a thousand draws. */
function calibrationOf(
  confidence: readonly number[],
  right: readonly boolean[],
): (draw: Uint32Array) => readonly [ece: number, brier: number] {
  const bins = Uint8Array.from(confidence, (value) => binOf(value));
  const gaps = Float64Array.from(confidence, (value, index) => value - (right[index] ? 1 : 0));
  const sums = new Float64Array(binOf(1) + 1);
  return (draw) => {
    sums.fill(0);
    let squares = 0;
    for (const index of draw) {
      sums[bins[index]] += gaps[index];
      squares += gaps[index] ** 2;
    }
    return [sums.reduce((all, sum) => all + Math.abs(sum), 0) / draw.length, squares / draw.length];
  };
}

/** Lower ends of the bins of |S_t| in nats; the last one is open. */
export const DEPENDENCE_BINS = [0, 0.5, 1, 2, 3, 5, 10] as const;
/** A token whose S_t is above this (nats) counts as needing the picture: e times likelier with it. */
export const DEPENDENT_ABOVE = 1;
/** Answers are sorted by their mean dependence and cut into so many groups of equal size. */
const GROUPS = 5;

/** How image dependence of one arm's answers is spread, and how it goes with right answers. */
export interface DependenceReport {
  readonly answers: number;
  readonly tokens: number;
  /** Share of the tokens that need the picture (S_t above `DEPENDENT_ABOVE`). */
  readonly dependentTokens: Share;
  /** Tokens by |S_t|, in the bins of `DEPENDENCE_BINS`. */
  readonly histogram: readonly number[];
  /** The answer's mean S_t as a predictor of a right answer. */
  readonly mean: Ranking;
  /** Its largest S_t likewise. */
  readonly largest: Ranking;
  /** The share of its tokens that need the picture likewise. */
  readonly share: Ranking;
  /** Accuracy by fifths of the answers, from the least to the most dependent on the picture. */
  readonly groups: readonly { readonly from: number; readonly to: number; readonly accuracy: Share }[];
}

export class DependenceTally {
  readonly #mean: number[] = [];
  readonly #largest: number[] = [];
  readonly #share: number[] = [];
  readonly #right: boolean[] = [];
  readonly #histogram: number[] = DEPENDENCE_BINS.map(() => 0);
  #dependent = 0;
  #tokens = 0;

  /** Counts an answer by S_t of its tokens; one without tokens tells nothing. */
  add(values: readonly number[], right: boolean): void {
    if (values.length === 0) return;
    let largest = -Infinity;
    let sum = 0;
    let dependent = 0;
    for (const value of values) {
      sum += value;
      largest = Math.max(largest, value);
      if (value > DEPENDENT_ABOVE) dependent += 1;
      this.#histogram[DEPENDENCE_BINS.findLastIndex((low) => Math.abs(value) >= low)] += 1;
    }
    this.#tokens += values.length;
    this.#dependent += dependent;
    this.#share.push(dependent / values.length);
    this.#mean.push(sum / values.length);
    this.#largest.push(largest);
    this.#right.push(right);
  }

  /** null when no answer's dependence was measured. */
  report(): DependenceReport | null {
    const answers = this.#right.length;
    if (answers === 0) return null;
    const order = this.#mean.map((_, index) => index).sort((a, b) => this.#mean[a] - this.#mean[b]);
    const groups = Array.from({ length: Math.min(GROUPS, answers) }, (_, group) => {
      const part = (number: number): number => Math.floor((number * answers) / Math.min(GROUPS, answers));
      const members = order.slice(part(group), part(group + 1));
      return {
        from: this.#mean[members[0]],
        to: this.#mean[members[members.length - 1]],
        accuracy: wilson(members.filter((index) => this.#right[index]).length, members.length),
      };
    });
    return {
      answers,
      tokens: this.#tokens,
      dependentTokens: wilson(this.#dependent, this.#tokens),
      histogram: [...this.#histogram],
      mean: auroc(this.#mean, this.#right),
      largest: auroc(this.#largest, this.#right),
      share: auroc(this.#share, this.#right),
      groups,
    };
  }
}
