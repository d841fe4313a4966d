// Adds up an evaluation item by item: accuracy, paired tests, breakdowns, audits, costs, and what goes with right answers.
import { AnswerTally, type AnswerReport } from './answer-tally';
import { UNTOUCHED } from './arms';
import { AuditTally, type AuditReport } from './audits';
import { BreakdownTally, FAMILY, USUAL_FIELDS, type Breakdown, type FamilyGroup } from './breakdown';
import { GroupTally, type Comparison, type Correct, type Pair } from './comparisons';
import { CostTally, type CostReport } from './costs';
import { answersOf, judge, type Verdicts } from './judgement';
import type { JudgeName } from './judge';
import type { Header, ItemLine, ProblemLine } from './log';
import { LEFT_OUT } from './observations';

/** How a log is judged and summarised: nothing of it changes what was asked. */
export interface SummaryOptions {
  readonly judge: JudgeName;
  /** Fields that accuracy is broken down by; null: those of the usual ones that items have. */
  readonly by: readonly string[] | null;
  /** Families that are counted together as well. */
  readonly groups: readonly FamilyGroup[];
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
  /** By each field, in the order in which they were asked for. */
  readonly breakdowns: readonly Breakdown[];
  readonly costs: CostReport;
  /** Of the arms whose runs had controls. */
  readonly audits: readonly AuditReport[];
  /** What the paper measures and this report does not, with the reason. */
  readonly leftOut: readonly string[];
}

export class Summary {
  readonly #header: Header;
  readonly #options: SummaryOptions;
  readonly #answers = new Map<string, AnswerTally>();
  readonly #all = new GroupTally();
  readonly #breakdowns: readonly BreakdownTally[];
  readonly #costs: CostTally;
  readonly #audits: readonly AuditTally[];
  readonly #problems: Record<ProblemLine['kind'], number> = { dataset: 0, picture: 0, run: 0 };

  constructor(header: Header, options: SummaryOptions) {
    const { by, groups, judge: judgeName } = options;
    const fields = by ?? USUAL_FIELDS;
    this.#header = header;
    this.#options = options;
    const needsFamilies = groups.length > 0 && !fields.includes(FAMILY);
    this.#breakdowns = [...(needsFamilies ? [FAMILY] : []), ...fields].map((field) => new BreakdownTally(field, groups));
    this.#costs = new CostTally(header.baseline);
    this.#audits = header.arms.map((arm) => new AuditTally(arm, judgeName, groups));
  }

  /** Counts an item. @param verdicts what a language model said of its answers. */
  add(item: ItemLine, verdicts: Verdicts): void {
    const correct = new Map<string, boolean>();
    for (const answer of answersOf(item)) {
      const { key } = answer;
      const judgement = judge(answer.answer.text, item, this.#options.judge, verdicts.get(key));
      const tally = this.#answers.get(key) ?? new AnswerTally();
      this.#answers.set(key, tally);
      tally.add(answer, judgement);
      correct.set(key, judgement.correct);
    }
    const pairs = this.#pairs(correct);
    this.#all.add(correct, pairs);
    for (const breakdown of this.#breakdowns) breakdown.add(item, correct, pairs);
    for (const audit of this.#audits) audit.add(item);
    this.#costs.add(item);
  }

  addProblem({ kind }: Pick<ProblemLine, 'kind'>): void {
    this.#problems[kind] += 1;
  }

  report(): Report {
    const { dataset, baseline, shared } = this.#header;
    const { by, judge: judgeName } = this.#options;
    const breakdowns = this.#breakdowns.map((tally) => tally.report());
    return {
      dataset,
      judge: judgeName,
      baseline,
      items: this.#all.items,
      problems: { ...this.#problems },
      answers: [...this.#answers].map(([key, tally]) => tally.report(key)),
      comparisons: this.#all.report().comparisons,
      breakdowns: breakdowns.filter(({ values, groups }) => by !== null || values.length > 0 || groups.length > 0),
      costs: this.#costs.report(shared),
      audits: this.#audits.map((tally) => tally.report()).filter((audit) => audit !== null),
      leftOut: LEFT_OUT,
    };
  }

  /** Every answer against the baseline arm, and every arm against its own untouched baseline. */
  #pairs(correct: Correct): readonly Pair[] {
    const { baseline } = this.#header;
    const keys = [...correct.keys()];
    const own = keys
      .filter((key) => keys.includes(key + UNTOUCHED) && key + UNTOUCHED !== baseline)
      .map((key) => [key, key + UNTOUCHED] as const);
    if (!correct.has(baseline)) return own;
    return [...keys.filter((key) => key !== baseline).map((key) => [key, baseline] as const), ...own];
  }
}
