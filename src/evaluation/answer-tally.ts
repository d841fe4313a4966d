// What one kind of answer (an arm's, or those of an arm's untouched baseline) comes to over all items.
import { UNTOUCHED } from './arms';
import type { AnswerOf, Judgement } from './judgement';
import type { ArmResult } from './measure';
import {
  CertaintyTally,
  DependenceTally,
  RewardTally,
  type CertaintyReport,
  type DependenceReport,
  type RewardReport,
} from './observations';
import { wilson, type Share } from './statistics';

/** What one kind of answer came to. */
export interface AnswerReport {
  /** The arm's name, with `:untouched` for its baseline. */
  readonly key: string;
  readonly accuracy: Share;
  /** The same answers by the rules, strict and lenient. */
  readonly strict: Share;
  readonly lenient: Share;
  /** How often each rule of the judge fired, and how often a language model decided or should have. */
  readonly rules: Readonly<Record<string, number>>;
  readonly cutOff: number;
  /** Answers in which no tag and no box was found. */
  readonly unboxed: number;
  readonly meanTokens: number | null;
  /** Mean milliseconds of a whole run; null where times are left out, and for untouched baselines. */
  readonly meanMs: number | null;
  /** Probability of the final answer's tokens as confidence. */
  readonly calibration: CertaintyReport;
  readonly dependence: DependenceReport | null;
  readonly reward: RewardReport | null;
}

export class AnswerTally {
  readonly #rules: Record<string, number> = {};
  readonly #certainty = new CertaintyTally();
  readonly #dependence = new DependenceTally();
  readonly #reward = new RewardTally();
  #strict = 0;
  #lenient = 0;
  #correct = 0;
  #asked = 0;
  #cutOff = 0;
  #unboxed = 0;
  #tokens = 0;
  #ms = 0;
  #timed = 0;

  /** Counts an answer with what was said of it. */
  add({ key, answer, arm }: AnswerOf, { correct, rules, rule, by }: Judgement): void {
    const name = by === 'rules' ? (rule ?? 'none') : by;
    this.#rules[name] = (this.#rules[name] ?? 0) + 1;
    this.#asked += 1;
    this.#tokens += answer.tokens;
    if (correct) this.#correct += 1;
    if (rules.strict) this.#strict += 1;
    if (rules.lenient) this.#lenient += 1;
    if (answer.cut) this.#cutOff += 1;
    if (rules.found === 'whole-text') this.#unboxed += 1;
    this.#certainty.add(answer, correct);
    if (answer.dependence !== null) this.#dependence.add(answer.dependence, correct);
    if (key.endsWith(UNTOUCHED)) return;
    if (arm.reward !== null) this.#reward.add(arm.reward, rewardsOf(arm), correct);
    if (arm.ms !== null) {
      this.#ms += arm.ms;
      this.#timed += 1;
    }
  }

  report(key: string): AnswerReport {
    const asked = this.#asked;
    return {
      key,
      accuracy: wilson(this.#correct, asked),
      strict: wilson(this.#strict, asked),
      lenient: wilson(this.#lenient, asked),
      rules: this.#rules,
      cutOff: this.#cutOff,
      unboxed: this.#unboxed,
      meanTokens: asked === 0 ? null : this.#tokens / asked,
      meanMs: this.#timed === 0 ? null : this.#ms / this.#timed,
      calibration: this.#certainty.report(),
      dependence: this.#dependence.report(),
      reward: this.#reward.report(),
    };
  }
}

/** The rewards of all steps in order; empty where a step has none. */
function rewardsOf({ steps }: ArmResult): readonly number[] {
  const column = steps?.columns.indexOf('reward') ?? -1;
  if (steps === null || column < 0) return [];
  const rewards = steps.rows.map((row) => row[column]);
  return rewards.every((reward) => typeof reward === 'number') ? rewards : [];
}
