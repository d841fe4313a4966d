// What an evaluation keeps of one run: its answers, how sure the model was of them, rewards, image dependence, and the table of steps.
import * as v from 'valibot';
import { extractAnswer } from '../answer/extract';
import { stepsTable } from '../events/csv';
import { finite, count, MOST } from '../events/bounds';
import type { RunState, StreamState } from '../events/fold';
import type { Method } from '../methods/method';

const answerText = v.pipe(v.string(), v.maxLength(1_000_000));
const cell = v.union([v.string(), finite, v.boolean(), v.null()]);

const answeredSchema = v.object({
  text: answerText,
  /** Whether it stopped at its longest allowed length. */
  cut: v.boolean(),
  tokens: count,
  /** ln of the probability of the tokens that spell the final answer, given all before them; null for an empty answer. */
  logprob: v.nullable(finite),
  /** Mean ln of the probability of all its tokens. */
  meanLogprob: v.nullable(finite),
  /** S_t of every token, nats; null where it was not measured. */
  dependence: v.nullable(v.pipe(v.array(finite), v.maxLength(MOST.tokens))),
});

export const armResultSchema = v.object({
  answer: answeredSchema,
  /** The same run's baseline: the same or another prompt with nothing optimised; null where the method has none. */
  untouched: v.nullable(answeredSchema),
  /** Rewards of a method that has them: of the start, of what was decoded, and the step of that. */
  reward: v.nullable(v.object({ start: finite, best: finite, bestStep: count })),
  /** Why thinking ended. */
  reason: v.pipe(v.string(), v.maxLength(40)),
  /** The table of steps without their times; null for a method without steps. */
  steps: v.nullable(v.object({ columns: v.array(v.string()), rows: v.array(v.array(cell)) })),
  passes: count,
  rows: count,
  /** Milliseconds; null where times are left out. */
  ms: v.nullable(finite),
});

/** An answer and what is known of it. */
export type Answered = v.InferOutput<typeof answeredSchema>;
/** What one arm gave on one item. */
export type ArmResult = v.InferOutput<typeof armResultSchema>;

/**
 * What is kept of a run that has finished.
 *
 * @param state the folded events of the whole run.
 * @param times whether milliseconds are kept.
 * @throws TypeError for a run that has not finished.
 */
export function measureRun(state: RunState, method: Method, times: boolean): ArmResult {
  const { finished, started } = state;
  if (finished === null || started === null) throw new TypeError('only a finished run can be measured');
  const { baseline, baselineCut, bestReward, bestStep, totals } = finished;
  const first = state.steps[0]?.reward ?? null;
  return {
    answer: answered(state.streams.answer, finished.answer, finished.answerCut),
    untouched: baseline === null ? null : answered(state.streams.baseline, baseline, baselineCut ?? false),
    reward: first === null || bestReward === null || bestStep === null ? null : { start: first, best: bestReward, bestStep },
    reason: finished.reason,
    steps: state.steps.length === 0 ? null : tableWithoutTimes(state, method),
    passes: totals.passes,
    rows: totals.rows,
    ms: times ? totals.ms : null,
  };
}

function answered({ tokens, dependence }: StreamState, text: string, cut: boolean): Answered {
  const spelled = answerTokens(tokens, text);
  const measured = tokens.length > 0 && tokens.every(({ index }) => dependence[index] !== undefined);
  return {
    text,
    cut,
    tokens: tokens.length,
    logprob: spelled.length === 0 ? null : sumOf(spelled),
    meanLogprob: tokens.length === 0 ? null : sumOf(tokens) / tokens.length,
    dependence: measured ? tokens.map(({ index }) => dependence[index]?.value ?? 0) : null,
  };
}

const sumOf = (tokens: readonly { readonly logprob: number }[]): number => tokens.reduce((sum, { logprob }) => sum + logprob, 0);

/** The tokens that hold a character of the final answer where it stands last in the text. */
function answerTokens(tokens: StreamState['tokens'], text: string): StreamState['tokens'] {
  const { text: final, rule } = extractAnswer(text);
  const from = rule === 'answer-tag' ? text.indexOf(final) : text.lastIndexOf(final);
  if (final === '' || from < 0) return [];
  const to = from + final.length;
  let at = 0;
  return tokens.filter((token) => {
    const start = at;
    at += token.text.length;
    return start < to && at > from;
  });
}

function tableWithoutTimes(state: RunState, method: Method): NonNullable<ArmResult['steps']> {
  const own = method.columns?.(method.space.parse(settingsOf(state, method)));
  const [columns, ...rows] = stepsTable(state, own);
  const kept = columns.flatMap((name, index) => (name === 'ms' ? [] : [index]));
  return { columns: kept.map((index) => String(columns[index])), rows: rows.map((row) => kept.map((index) => row[index] ?? null)) };
}

function settingsOf({ started }: RunState, { space }: Method): Record<string, unknown> {
  return Object.fromEntries(Object.entries(started?.settings ?? {}).filter(([name]) => space.has(name)));
}
