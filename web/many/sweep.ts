// The queue of a sweep: every question in every combination, one run after the other; a run that fails is a result that says why.
import type { Picture } from '../../src/engine/run-source';
import type { AbortSignalLike } from '../../src/model/latent-model';
import { extractAnswer } from '../../src/answer/extract';
import type { Item } from '../../src/evaluation/dataset';
import { evaluate, type Evaluation } from '../../src/evaluation/evaluate';
import { judgeByRule } from '../../src/evaluation/judge';
import type { ArmResult } from '../../src/evaluation/measure';
import type { RunEvent } from '../../src/events/events';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { type Axis, combinations, type Combination } from './sweep-plan';

/** A question of a sweep about its picture. */
export interface SweepQuestion {
  readonly question: string;
  readonly picture: Picture;
  readonly focus: Item['focus'];
  /** The right answer; null where nobody knows. */
  readonly solution: string | null;
}

/** A sweep as it was begun: enough to go on with after the page was closed. */
export interface SweepPlan {
  readonly method: string;
  /** All settings that are not swept. */
  readonly base: Readonly<Record<string, string | number | boolean | null>>;
  readonly axes: readonly Axis[];
  readonly questions: readonly SweepQuestion[];
}

/** What one run gave. */
export interface CellResult {
  readonly answer: string;
  /** The reward of what was decoded; null for a method without one. */
  readonly reward: number | null;
  readonly startReward: number | null;
  /** Probability of the answer's tokens, 0..1. */
  readonly probability: number | null;
  /** Patches inserted at the step that was decoded. */
  readonly patches: number | null;
  readonly passes: number;
  readonly ms: number;
  /** By the strict rules; null where the right answer is not known. */
  readonly right: boolean | null;
}

/** One run of a sweep that has ended: of a combination and a question, by their places in the plan. */
export type Cell = { readonly combination: number; readonly question: number } & (
  { readonly result: CellResult; readonly failure: null } | { readonly result: null; readonly failure: string }
);

export interface SweepWork {
  readonly methods: MethodRegistry;
  readonly ask: Evaluation['ask'];
  /** Takes what a run gave; the next run begins when it resolves. `events` is empty for a run that failed. */
  done(cell: Cell, events: readonly RunEvent[]): Promise<void>;
  turn(): Promise<unknown>;
  readonly signal: AbortSignalLike;
}

/** What tells one run of a sweep from the others. */
export const cellKey = ({ combination, question }: Pick<Cell, 'combination' | 'question'>): string =>
  `${String(question).padStart(3, '0')}:${String(combination).padStart(3, '0')}`;

/**
 * Makes the runs that have no result yet: one question in every combination, then the next question.
 *
 * @param before keys of runs that need not be made.
 * @returns `stopped` when the signal was aborted: the run in progress has no result then.
 * @throws EngineFault what `ask` rejects with, such as a model that does not load; BAD_INPUT for a plan that this version cannot follow.
 */
export async function runSweep(plan: SweepPlan, before: ReadonlySet<string>, work: SweepWork): Promise<'done' | 'stopped'> {
  const all = combinations(work.methods.get(plan.method), plan.base, plan.axes);
  for (const [question, asked] of plan.questions.entries()) {
    for (const [combination, one] of all.entries()) {
      if (before.has(cellKey({ combination, question }))) continue;
      const outcome = await runCell(plan, asked, one, work);
      if (outcome === 'stopped') return 'stopped';
      await work.done({ combination, question, ...outcome.cell }, outcome.events);
    }
  }
  return 'done';
}

interface Outcome {
  readonly cell: { readonly result: CellResult; readonly failure: null } | { readonly result: null; readonly failure: string };
  readonly events: readonly RunEvent[];
}

async function runCell(
  { method }: SweepPlan,
  { question, picture, focus, solution }: SweepQuestion,
  { settings }: Combination,
  { methods, ask, turn, signal }: SweepWork,
): Promise<Outcome | 'stopped'> {
  const arm = { name: 'run', method, settings };
  const item: Item = {
    place: 0,
    idx: 0,
    prompt: question,
    solution: solution ?? '',
    imagePath: picture.name,
    family: null,
    split: null,
    options: null,
    fields: {},
    focus,
  };
  let events: readonly RunEvent[] = [];
  let outcome: Outcome | 'stopped' = 'stopped';
  await evaluate<Picture>([item], {
    arms: [arm],
    methods,
    times: true,
    picture: () => Promise.resolve(picture),
    ask,
    keep: (_item, _arm, kept) => (events = kept),
    append: (line) => {
      outcome =
        line.type === 'item'
          ? { cell: { result: resultOf(line.arms[arm.name], solution), failure: null }, events }
          : // Which item it was goes without saying here.
            { cell: { result: null, failure: line.message.replace(/^Item 1 \(idx 0\): (?:run: )?/, '') }, events: [] };
    },
    turn,
    signal,
  });
  return outcome;
}

function resultOf({ answer, reward, steps, passes, ms }: ArmResult, solution: string | null): CellResult {
  const patches = reward === null ? null : (steps?.rows[reward.bestStep]?.[steps.columns.indexOf('patch_count')] ?? null);
  return {
    answer: extractAnswer(answer.text).text,
    reward: reward?.best ?? null,
    startReward: reward?.start ?? null,
    probability: answer.logprob === null ? null : Math.exp(answer.logprob),
    patches: typeof patches === 'number' ? patches : null,
    passes,
    ms: ms ?? 0,
    right: solution === null ? null : judgeByRule(answer.text, solution).strict,
  };
}

/** What the runs of one combination come to. */
export interface Summed {
  readonly combination: number;
  /** Runs that ended well, and those that failed. */
  readonly runs: number;
  readonly failed: number;
  /** Means over the runs that have the number; null without any. */
  readonly reward: number | null;
  readonly probability: number | null;
  /** Share of right answers among those whose right answer is known. */
  readonly right: number | null;
  readonly patches: number | null;
  readonly ms: number | null;
}

/** Adds up the runs of each of `count` combinations. */
export function summed(cells: readonly Cell[], count: number): Summed[] {
  return Array.from({ length: count }, (_, combination) => {
    const mine = cells.filter((cell) => cell.combination === combination);
    const results = mine.flatMap(({ result }) => (result === null ? [] : [result]));
    const mean = (value: (result: CellResult) => number | null): number | null => {
      const numbers = results.flatMap((result) => value(result) ?? []);
      return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    };
    return {
      combination,
      runs: results.length,
      failed: mine.length - results.length,
      reward: mean(({ reward }) => reward),
      probability: mean(({ probability }) => probability),
      right: mean(({ right }) => (right === null ? null : Number(right))),
      patches: mean(({ patches }) => patches),
      ms: mean(({ ms }) => ms),
    };
  });
}
