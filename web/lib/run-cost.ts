// What it took to an answer, and nothing of what was measured after it.
import type { RunPhase } from '../../src/events/events';
import type { RunState } from '../../src/events/fold';
import type { MethodView } from './method-view';

export interface RunCost {
  /** Passes one after the other: those of the thought and one for each token, the end token among them. */
  readonly sequential: number;
  /** Of reading, thinking and answering; null where the recording does not tell. */
  readonly passes: number | null;
  readonly rows: number | null;
  readonly ms: number;
}

const TO_ANSWER: readonly RunPhase[] = ['read', 'think', 'answer'];
/** Phases that come beside the way to the answer: without them a run's totals are those to its answer. */
const BESIDE: readonly RunPhase[] = ['baseline', 'attention', 'controls', 'dependence'];

/** The cost of a finished run's answer; null of a run that did not finish. */
export function runCost({ steps, streams, finished }: RunState, { sequential }: Pick<MethodView, 'sequential'>): RunCost | null {
  if (finished === null) return null;
  const { phases, work, passes, rows } = finished.totals;
  const last = steps.at(-1);
  const sum = (of: 'passes' | 'rows', whole: number): number | null => {
    if (work !== undefined) return TO_ANSWER.reduce((all, phase) => all + (work[phase]?.[of] ?? 0), 0);
    return BESIDE.some((phase) => phases[phase] !== undefined) ? null : whole;
  };
  return {
    sequential: streams.answer.tokens.length + (last === undefined ? 0 : sequential(last)),
    passes: sum('passes', passes),
    rows: sum('rows', rows),
    ms: TO_ANSWER.reduce((all, phase) => all + (phases[phase] ?? 0), 0),
  };
}
