// Which tasks of a page's main thread took longer than 50 ms, in processor time of an idle machine: a busy machine does not count against the page.
import type { Page } from '@playwright/test';
import { REFERENCE_MARK, REFERENCE_MS, startReferenceWork } from './reference-work';

/** Above this a visitor feels the page hang. */
const LIMIT_MS = 50;
const MARK = 'noema-long-tasks';
/** Pieces of reference work that tell how slow the machine was around a task. */
const NEAREST = 5;
/** Time for as many pieces before anything else happens. */
const AHEAD_MS = 1500;

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** When it began, and how long it took, in microseconds. */
  readonly ts: number;
  readonly dur?: number;
  /** Processor time of the event's thread, microseconds. */
  readonly tdur?: number;
}

/**
 * Does `work` and returns the milliseconds of each task of the page's main thread that took longer than 50 ms meanwhile: in processor time, from
 * Chromium's own trace, divided by how much slower than on an idle machine the page's reference work was in the same seconds. The Long Tasks
 * API would count the time in which other processes had the processor.
 *
 * @param work must not ask the page for elements by role or text: looking for them takes the page itself some 30 ms each time.
 * @throws when the trace holds no task of the page, or too little reference work: then nothing was measured.
 */
export async function longTasks(page: Page, work: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('This page belongs to no browser that can be traced.');
  const endReference = await startReferenceWork(page);
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
  let trace: Buffer;
  try {
    await page.evaluate((mark) => void performance.mark(mark), MARK);
    await page.waitForTimeout(AHEAD_MS);
    await work();
  } finally {
    trace = await browser.stopTracing();
  }
  await endReference();
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  return longerThan(LIMIT_MS, traceEvents);
}

function longerThan(limit: number, events: readonly TraceEvent[]): number[] {
  const main = events.find((event) => event.name === MARK);
  const tasks = events.filter(
    ({ name, ph, pid, tid, tdur }) => name.endsWith('RunTask') && ph === 'X' && pid === main?.pid && tid === main.tid && tdur !== undefined,
  );
  if (tasks.length === 0) throw new Error('The trace names no task of the page: nothing was measured.');
  const marks = events.filter(({ name, pid, tid }) => name === REFERENCE_MARK && pid === main?.pid && tid === main.tid);
  const isReference = ({ ts, dur = 0 }: TraceEvent): boolean => marks.some((mark) => mark.ts >= ts && mark.ts <= ts + dur);
  const reference = tasks.filter(isReference);
  if (reference.length < NEAREST) throw new Error(`Only ${reference.length} pieces of reference work: nothing was measured.`);
  return tasks
    .filter((task) => !isReference(task) && (task.tdur ?? 0) / 1000 > limit)
    .map((task) => Math.round((task.tdur ?? 0) / 1000 / slowdown(task, reference)))
    .filter((took) => took > limit);
}

/** How many times slower than on an idle machine the processor was around a task: the middle one of the nearest pieces of reference work. */
function slowdown(task: TraceEvent, reference: readonly TraceEvent[]): number {
  const away = ({ ts }: TraceEvent): number => Math.abs(ts - task.ts);
  const nearest = reference.toSorted((a, b) => away(a) - away(b)).slice(0, NEAREST);
  const took = nearest.map(({ tdur = 0 }) => tdur / 1000).toSorted((a, b) => a - b);
  return Math.max(1, took[Math.floor(NEAREST / 2)] / REFERENCE_MS);
}
