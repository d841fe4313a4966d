// A recording as a source of runs: plays at its own pace, faster, or at once.
import type { AbortHandle } from '../../src/engine/abort';
import type { RunSource } from '../../src/engine/run-source';
import { fault } from '../../src/errors';
import type { RunEvent } from '../../src/events/events';
import { isTerminal } from '../../src/events/kinds';

/** 'once' gives every event without waiting. */
export type ReplaySpeed = 1 | 4 | 'once';

/** Waits; resolves early when the signal is aborted. */
export type Wait = (ms: number, signal: AbortHandle) => Promise<void>;

/** A think step takes at least this long to watch, and never holds the visitor longer than that. */
const STEP_MS = { least: 120, most: 700 } as const;
const TOKEN_MS = 35;
const DEPENDENCE_MS = 12;
const PHASE_MS = 60;

/** The run of a recording, `started` first. One that stops before its terminal event ends as `failed` PROTOCOL. */
export function recordedRun(events: readonly RunEvent[], speed: ReplaySpeed, wait: Wait = abortableWait): RunSource {
  return { start: (signal) => play(events, speed, wait, signal) };
}

async function* play(
  events: readonly RunEvent[],
  speed: ReplaySpeed,
  wait: Wait,
  signal: AbortHandle,
): AsyncGenerator<RunEvent, void, undefined> {
  let step: number | null = null;
  for (const event of events) {
    if (speed !== 'once') await wait(pause(event) / speed, signal);
    if (signal.aborted) {
      yield { type: 'cancelled', step };
      return;
    }
    if (event.type === 'step') step = event.step;
    yield event;
    if (isTerminal(event)) return;
  }
  yield {
    type: 'failed',
    error: fault('PROTOCOL', 'This recording stops before its end.', 'Export the run again, or play another recording.').value,
  };
}

/** Milliseconds before an event is shown at x1: as recorded where that is pleasant to watch. */
export function pause(event: RunEvent): number {
  switch (event.type) {
    case 'step':
      return Math.min(Math.max(event.ms, STEP_MS.least), STEP_MS.most);
    case 'token':
      return TOKEN_MS;
    case 'dependence':
      return DEPENDENCE_MS;
    case 'phase':
      return PHASE_MS;
    default:
      return 0;
  }
}

const abortableWait: Wait = (ms, signal) =>
  new Promise((resolve) => {
    if (ms <= 0 || signal.aborted) {
      resolve();
      return;
    }
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
