// Adds up an evaluation item by item: accuracy, paired tests, and what rewards, image dependence and probability say about right and wrong.
import { answersOf, judge, type AnswerOf, type Verdicts } from './judgement';
import type { JudgeName } from './judge';
import type { Header, ItemLine, ProblemLine } from './log';
import { DependenceTally, RewardTally, type DependenceReport, type RewardReport } from './observations';
import { calibration, paired, wilson, type Calibration, type Paired, type Share } from './statistics';
import { UNTOUCHED } from './arms';

/** What one kind of answer (an arm, or an arm's untouched baseline) came to. */
export interface AnswerReport {
  readonly key: string;
  readonly accuracy: Share;
  /** The same answers by the rules, strict and lenient. */
  readonly strict: Share;
  readonly lenient: Share;
  /** How often each rule fired, and how often a language model decided or should have. */
  readonly rules: Readonly<Record<string, number>>;
  readonly cutOff: number;
  /** Answers in which no tag and no box was found. */
  readonly unboxed: number;
  readonly meanTokens: number | null;
  /** Mean milliseconds of a run; null where times are left out, and for untouched baselines. */
  readonly meanMs: number | null;
  /** Probability of the final answer's tokens as confidence. */
  readonly calibration: Calibration;
  readonly dependence: DependenceReport | null;
  readonly reward: RewardReport | null;
}

export interface Comparison extends Paired {
  readonly arm: string;
  readonly against: string;
}

export interface FamilyReport {
  readonly family: string;
  readonly accuracy: Readonly<Record<string, Share>>;
  readonly comparisons: readonly Comparison[];
}

export interface Report {
  readonly dataset: Header['dataset'];
  readonly judge: JudgeName;
  readonly baseline: string;
  readonly items: number;
  /** Items without a result, by kind of problem. */
  readonly problems: Readonly<Record<ProblemLine['kind'], number>>;
  readonly answers: readonly AnswerReport[];
  readonly comparisons: readonly Comparison[];
  /** In alphabetical order; empty when the dataset names no families. */
  readonly families: readonly FamilyReport[];
  /** What the paper measures and this report does not, with the reason. */
  readonly leftOut: readonly string[];
}

/** Of the paper's motivation (section 3), what a finished run's events cannot tell. */
const LEFT_OUT = [
  'Observation 1 (correct chains raise the probability of the gold answer in more of their steps): needs the gold answer scored after each step, which runs do not do.',
  'Observation 2 (faithful above spurious among correct chains): needs a judge of reasoning, not of answers.',
  'Observation 3 (hallucinated steps are less sure and look less at the image): needs steps marked as hallucinated; here whole answers are told apart as right and wrong.',
];

interface Counter {
  asked: number;
  right: number;
}

interface PairCounter {
  items: number;
  lost: number;
  won: number;
}

class AnswerTally {
  readonly confidence: number[] = [];
  readonly right: boolean[] = [];
  readonly rules: Record<string, number> = {};
  readonly dependence = new DependenceTally();
  readonly reward = new RewardTally();
  strict = 0;
  lenient = 0;
  correct = 0;
  asked = 0;
  cutOff = 0;
  unboxed = 0;
  tokens = 0;
  ms = 0;
  timed = 0;
}

export class Summary {
  readonly #header: Header;
  readonly #judge: JudgeName;
  readonly #answers = new Map<string, AnswerTally>();
  readonly #families = new Map<string, { readonly shares: Map<string, Counter>; readonly pairs: Map<string, PairCounter> }>();
  readonly #all = { shares: new Map<string, Counter>(), pairs: new Map<string, PairCounter>() };
  readonly #problems: Record<ProblemLine['kind'], number> = { dataset: 0, picture: 0, run: 0 };
  #items = 0;

  constructor(header: Header, judgeName: JudgeName) {
    this.#header = header;
    this.#judge = judgeName;
  }

  /** Counts an item. @param verdicts what a language model said of its answers. */
  add(item: ItemLine, verdicts: Verdicts): void {
    this.#items += 1;
    const correct = new Map<string, boolean>();
    for (const answer of answersOf(item)) correct.set(answer.key, this.#addAnswer(answer, item, verdicts));
    this.#count(this.#all, correct);
    if (item.family !== null) {
      const family = this.#families.get(item.family) ?? { shares: new Map(), pairs: new Map() };
      this.#families.set(item.family, family);
      this.#count(family, correct);
    }
  }

  addProblem({ kind }: Pick<ProblemLine, 'kind'>): void {
    this.#problems[kind] += 1;
  }

  report(): Report {
    const { dataset, baseline } = this.#header;
    const families = [...this.#families].sort(([a], [b]) => (a < b ? -1 : 1));
    return {
      dataset,
      judge: this.#judge,
      baseline,
      items: this.#items,
      problems: { ...this.#problems },
      answers: [...this.#answers].map(([key, tally]) => answerReport(key, tally)),
      comparisons: comparisonsOf(this.#all.pairs),
      families: families.map(([family, { shares, pairs }]) => ({
        family,
        accuracy: Object.fromEntries([...shares].map(([key, { right, asked }]) => [key, wilson(right, asked)])),
        comparisons: comparisonsOf(pairs),
      })),
      leftOut: LEFT_OUT,
    };
  }

  #addAnswer({ key, answer, arm }: AnswerOf, { solution }: ItemLine, verdicts: Verdicts): boolean {
    const tally = this.#answers.get(key) ?? new AnswerTally();
    this.#answers.set(key, tally);
    const { correct, rules, by } = judge(answer.text, solution, this.#judge, verdicts.get(key));
    const name = by === 'rules' ? (rules.rule ?? 'none') : by;
    tally.rules[name] = (tally.rules[name] ?? 0) + 1;
    tally.asked += 1;
    tally.tokens += answer.tokens;
    if (correct) tally.correct += 1;
    if (rules.strict) tally.strict += 1;
    if (rules.lenient) tally.lenient += 1;
    if (answer.cut) tally.cutOff += 1;
    if (rules.found === 'whole-text') tally.unboxed += 1;
    if (answer.logprob !== null) {
      tally.confidence.push(Math.exp(answer.logprob));
      tally.right.push(correct);
    }
    if (answer.dependence !== null) tally.dependence.add(answer.dependence, correct);
    if (!key.endsWith(UNTOUCHED)) {
      if (arm.reward !== null) tally.reward.add(arm.reward, correct);
      if (arm.ms !== null) {
        tally.ms += arm.ms;
        tally.timed += 1;
      }
    }
    return correct;
  }

  #count(
    { shares, pairs }: { readonly shares: Map<string, Counter>; readonly pairs: Map<string, PairCounter> },
    correct: Map<string, boolean>,
  ): void {
    for (const [key, isRight] of correct) {
      const share = shares.get(key) ?? { asked: 0, right: 0 };
      shares.set(key, share);
      share.asked += 1;
      if (isRight) share.right += 1;
    }
    for (const [arm, against] of this.#pairs(correct)) {
      const pair = pairs.get(pairKey(arm, against)) ?? { items: 0, lost: 0, won: 0 };
      pairs.set(pairKey(arm, against), pair);
      pair.items += 1;
      if (correct.get(against) === true && correct.get(arm) === false) pair.lost += 1;
      if (correct.get(against) === false && correct.get(arm) === true) pair.won += 1;
    }
  }

  /** Every answer against the baseline arm, and every arm against its own untouched baseline. */
  #pairs(correct: ReadonlyMap<string, boolean>): (readonly [arm: string, against: string])[] {
    const { baseline } = this.#header;
    const keys = [...correct.keys()];
    const own = keys
      .filter((key) => keys.includes(key + UNTOUCHED) && key + UNTOUCHED !== baseline)
      .map((key) => [key, key + UNTOUCHED] as const);
    if (!correct.has(baseline)) return own;
    return [...keys.filter((key) => key !== baseline).map((key) => [key, baseline] as const), ...own];
  }
}

const pairKey = (arm: string, against: string): string => JSON.stringify([arm, against]);

function comparisonsOf(pairs: ReadonlyMap<string, PairCounter>): Comparison[] {
  return [...pairs].map(([key, { items, lost, won }]) => {
    const [arm, against] = JSON.parse(key) as [string, string];
    return { arm, against, ...paired(items, lost, won) };
  });
}

function answerReport(key: string, tally: AnswerTally): AnswerReport {
  const { asked } = tally;
  return {
    key,
    accuracy: wilson(tally.correct, asked),
    strict: wilson(tally.strict, asked),
    lenient: wilson(tally.lenient, asked),
    rules: tally.rules,
    cutOff: tally.cutOff,
    unboxed: tally.unboxed,
    meanTokens: asked === 0 ? null : tally.tokens / asked,
    meanMs: tally.timed === 0 ? null : tally.ms / tally.timed,
    calibration: calibration(tally.confidence, tally.right),
    dependence: tally.dependence.report(),
    reward: tally.reward.report(),
  };
}
