// What a run's events add up to: the one state that charts, overlays and tokens are drawn from.
import type { LatentStep, RunEvent, RunEventOf, RunPhase, StepEvent, Stream } from './events';
import type { AttentionShares } from './shares';

export interface RunToken {
  readonly index: number;
  readonly id: number;
  readonly text: string;
  readonly logprob: number;
}

/** How much one token depends on the image: S_t and the two log-probabilities it is the difference of, in nats. */
export interface TokenDependence {
  readonly value: number;
  readonly withImage: number;
  readonly withoutImage: number;
}

export interface StreamState {
  readonly tokens: readonly RunToken[];
  /** The tokens' text, joined. */
  readonly text: string;
  /** By token index; a token that has no value (yet) has a hole or lies past the end. */
  readonly dependence: readonly (TokenDependence | undefined)[];
}

export interface RunState {
  /** `empty` before the first event; `running` until a terminal one. */
  readonly status: 'empty' | 'running' | 'finished' | 'cancelled' | 'failed';
  readonly started: RunEventOf<'started'> | null;
  readonly image: RunEventOf<'image'> | null;
  readonly prompt: RunEventOf<'prompt'> | null;
  /** The phase the run is in, or was in when it ended. */
  readonly phase: RunPhase | null;
  /** In order: `steps[k].step` is k. */
  readonly steps: readonly StepEvent[];
  /** The last step that raised the best reward; null before the first step. */
  readonly bestStep: number | null;
  readonly bestReward: number | null;
  readonly streams: { readonly [S in Stream]: StreamState };
  /** What the rows that gave the answer's tokens attend to, by token; empty where it was not measured. */
  readonly attention: readonly AttentionShares[];
  /** In the order in which they were decoded. */
  readonly controls: readonly RunEventOf<'control'>[];
  readonly finished: RunEventOf<'finished'> | null;
  readonly cancelled: RunEventOf<'cancelled'> | null;
  readonly error: RunEventOf<'failed'>['error'] | null;
}

const NO_STREAM: StreamState = { tokens: [], text: '', dependence: [] };

const EMPTY: RunState = {
  status: 'empty',
  started: null,
  image: null,
  prompt: null,
  phase: null,
  steps: [],
  bestStep: null,
  bestReward: null,
  streams: { baseline: NO_STREAM, answer: NO_STREAM },
  attention: [],
  controls: [],
  finished: null,
  cancelled: null,
  error: null,
};

/** The state before any event. */
export function emptyRun(): RunState {
  return EMPTY;
}

/** The state after one more event. Never changes `state`; what the event does not touch is shared. */
export function foldEvent(state: RunState, event: RunEvent): RunState {
  return foldEvents(state, [event]);
}

/** The state after more events, in time proportional to their number. Never changes `state`. */
export function foldEvents(state: RunState, events: Iterable<RunEvent>): RunState {
  // Lists that were made here and that nobody else has seen: they may grow in place, so that no event copies them again.
  const own = new WeakSet<readonly unknown[]>();
  const writable = <T>(list: readonly T[]): T[] => {
    if (own.has(list)) return list as T[];
    const copy = [...list];
    own.add(copy);
    return copy;
  };
  let next = state;
  for (const event of events) next = foldOne(next, event, writable);
  return next;
}

/** The state of a whole run. */
export function foldRun(events: Iterable<RunEvent>): RunState {
  return foldEvents(emptyRun(), events);
}

/** Gives a list with the same entries that may be written to. */
type Writable = <T>(list: readonly T[]) => T[];

function foldOne(state: RunState, event: RunEvent, writable: Writable): RunState {
  switch (event.type) {
    case 'started':
      return { ...state, status: 'running', started: event };
    case 'image':
      return { ...state, image: event };
    case 'prompt':
      return { ...state, prompt: event };
    case 'phase':
      return { ...state, phase: event.phase };
    case 'step':
      return addStep(state, event, writable);
    case 'token':
      return addToken(state, event, writable);
    case 'dependence':
      return addDependence(state, event, writable);
    case 'attention':
      return addAttention(state, event, writable);
    case 'control':
      return { ...state, controls: [...state.controls, event] };
    case 'finished':
      return { ...state, status: 'finished', finished: event };
    case 'cancelled':
      return { ...state, status: 'cancelled', cancelled: event };
    case 'failed':
      return { ...state, status: 'failed', error: event.error };
    default:
      return unknownEvent(event);
  }
}

/** The step with this number, or undefined. */
export function stepAt(state: RunState, step: number): StepEvent | undefined {
  return state.steps[step];
}

/** All patches inserted after `step`, by latent: V_1 … V_L. */
export function patchesAt(state: RunState, step: number): readonly (readonly number[])[] {
  return stepAt(state, step)?.latents.map((latent: LatentStep) => latent.patches) ?? [];
}

function addStep(state: RunState, event: StepEvent, writable: Writable): RunState {
  const steps = writable(state.steps);
  steps.push(event);
  return { ...state, steps, bestStep: event.isBest ? event.step : state.bestStep, bestReward: event.bestReward };
}

function addToken(state: RunState, event: RunEventOf<'token'>, writable: Writable): RunState {
  const { index, id, text, logprob } = event;
  const before = state.streams[event.stream];
  const tokens = writable(before.tokens);
  tokens.push({ index, id, text, logprob });
  return { ...state, streams: { ...state.streams, [event.stream]: { ...before, tokens, text: before.text + text } } };
}

function addAttention(state: RunState, { index, shares }: RunEventOf<'attention'>, writable: Writable): RunState {
  const attention = writable(state.attention);
  attention[index] = shares;
  return { ...state, attention };
}

function addDependence(state: RunState, event: RunEventOf<'dependence'>, writable: Writable): RunState {
  const { index, value, withImage, withoutImage } = event;
  const before = state.streams[event.stream];
  const dependence = writable(before.dependence);
  dependence[index] = { value, withImage, withoutImage };
  return { ...state, streams: { ...state.streams, [event.stream]: { ...before, dependence } } };
}

function unknownEvent(event: never): never {
  throw new TypeError(`no such event: ${JSON.stringify(event)}`);
}
