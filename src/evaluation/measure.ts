// What an evaluation keeps of one run: its answers, how sure the model was of them, rewards, image dependence, steps, controls, and what it cost.
import * as v from 'valibot';
import { extractAnswer } from '../answer/extract';
import { stepsTable } from '../events/csv';
import { finite, count, MOST } from '../events/bounds';
import type { RunEventOf } from '../events/events';
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

const controlSchema = v.object({
  /** Its id among those that the method announces. */
  id: v.pipe(v.string(), v.maxLength(40)),
  text: answerText,
  cut: v.boolean(),
  /** null for a method without rewards. */
  reward: v.nullable(finite),
  /** ln of the probability of the run's own answer, all its tokens, after this control's rows. */
  logprob: finite,
});

/** What it took to the last token of the answer: baseline, controls and image dependence do not count. */
const costSchema = v.object({
  /** Steps that each lengthened the sequence, as a generated token does; 0 for a method whose steps do not. */
  latentSteps: count,
  /** Rows of the prompt, with the think tokens and the beginning of the answer's turn. */
  promptRows: count,
  passes: count,
  /** Rows that were read; fewer than the prompt has where an earlier arm had read some. */
  rows: count,
  /** Milliseconds from the beginning of reading the prompt on; null where times are left out. */
  ms: v.nullable(finite),
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
  /** Of the whole run, baseline, controls and image dependence included. */
  passes: count,
  rows: count,
  /** Milliseconds; null where times are left out. */
  ms: v.nullable(finite),
  /** null in logs of format 1, which do not tell. */
  cost: v.optional(v.nullable(costSchema), null),
  /** Answers from the run's sequence with parts left out or replaced; empty where the settings ask for none. */
  controls: v.optional(v.array(controlSchema), () => []),
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
    cost: costOf(state, method, totals, times),
    controls: state.controls.map(({ control, answer, answerCut, reward, logprob }) => ({
      id: control,
      text: answer,
      cut: answerCut,
      reward,
      logprob,
    })),
  };
}

/** Phases without which there is no answer. */
const TO_ANSWER = ['read', 'think', 'answer'] as const;

function costOf(
  { prompt, steps }: RunState,
  { advances }: Method,
  { phases, work }: RunEventOf<'finished'>['totals'],
  times: boolean,
): ArmResult['cost'] {
  if (prompt === null || work === undefined) return null;
  const sum = (of: (phase: (typeof TO_ANSWER)[number]) => number | undefined): number =>
    TO_ANSWER.reduce((all, phase) => all + (of(phase) ?? 0), 0);
  return {
    latentSteps: advances === true ? Math.max(0, ...steps.map(({ step }) => step)) : 0,
    promptRows: prompt.length,
    passes: sum((phase) => work[phase]?.passes),
    rows: sum((phase) => work[phase]?.rows),
    ms: times ? sum((phase) => phases[phase]) : null,
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
