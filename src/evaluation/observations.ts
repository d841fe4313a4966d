// The paper's observations as far as finished runs tell: rewards and image dependence against right and wrong answers.
import { auroc, quantile, wilson, type Ranking, type Share } from './statistics';

/** How rewards of one arm go with right answers. */
export interface RewardReport {
  readonly items: number;
  /** The reward of what was decoded, as a predictor of a right answer. */
  readonly final: Ranking;
  /** The reward of the untouched start. */
  readonly start: Ranking;
  /** What the reward gained between the two: below 0.5, gaining predicts errors. */
  readonly gain: Ranking;
  readonly meanGain: number | null;
  readonly medianGain: number | null;
  /** Items on which the reward rose at all. */
  readonly rose: Share;
}

export class RewardTally {
  readonly #start: number[] = [];
  readonly #best: number[] = [];
  readonly #right: boolean[] = [];

  add({ start, best }: { readonly start: number; readonly best: number }, right: boolean): void {
    this.#start.push(start);
    this.#best.push(best);
    this.#right.push(right);
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
      meanGain: gains.reduce((sum, gain) => sum + gain, 0) / items,
      medianGain: quantile(gains, 0.5),
      rose: wilson(gains.filter((gain) => gain > 0).length, items),
    };
  }
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
  /** Accuracy by fifths of the answers, from the least to the most dependent on the picture. */
  readonly groups: readonly { readonly from: number; readonly to: number; readonly accuracy: Share }[];
}

export class DependenceTally {
  readonly #mean: number[] = [];
  readonly #largest: number[] = [];
  readonly #right: boolean[] = [];
  readonly #histogram: number[] = DEPENDENCE_BINS.map(() => 0);
  #dependent = 0;
  #tokens = 0;

  /** Counts an answer by S_t of its tokens; one without tokens tells nothing. */
  add(values: readonly number[], right: boolean): void {
    if (values.length === 0) return;
    let largest = -Infinity;
    let sum = 0;
    for (const value of values) {
      sum += value;
      largest = Math.max(largest, value);
      if (value > DEPENDENT_ABOVE) this.#dependent += 1;
      this.#histogram[DEPENDENCE_BINS.findLastIndex((low) => Math.abs(value) >= low)] += 1;
    }
    this.#tokens += values.length;
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
      groups,
    };
  }
}
