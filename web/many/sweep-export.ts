// A sweep as files: a table for a spreadsheet, and its runs as JSON Lines.
import { type Cell as TableCell, csvText } from '../../src/events/csv';
import type { Method } from '../../src/methods/method';
import { formatSetting } from '../../src/settings/text';
import type { Cell, SweepPlan } from './sweep';
import { combinations } from './sweep-plan';

const COLUMNS = [
  'question',
  'solution',
  'answer',
  'right',
  'reward',
  'start_reward',
  'answer_probability',
  'patches',
  'passes',
  'ms',
  'failure',
] as const;

/** One line for each run that has ended, in the order of the plan; the swept settings come first. */
export function sweepCsv({ base, axes, questions }: SweepPlan, method: Method, cells: readonly Cell[]): string {
  const all = combinations(method, base, axes);
  const order = [...cells].sort((a, b) => a.question - b.question || a.combination - b.combination);
  const rows = order.map(({ combination, question, result, failure }): TableCell[] => [
    ...all[combination].values.map((value) => (value === null ? formatSetting(value) : value)),
    questions[question].question,
    questions[question].solution,
    ...(result === null
      ? COLUMNS.slice(2, -1).map(() => null)
      : [
          result.answer,
          result.right,
          result.reward,
          result.startReward,
          result.probability,
          result.patches,
          result.passes,
          Math.round(result.ms),
        ]),
    failure,
  ]);
  return csvText([[...axes.map(({ name }) => name), ...COLUMNS], ...rows]);
}
