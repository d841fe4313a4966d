// Which tasks of a page's main thread took longer than 50 ms, in processor time, so that a busy machine does not count against the page.
import type { Page } from '@playwright/test';

/** Above this a visitor feels the page hang. */
const LIMIT_MS = 50;
const MARK = 'noema-long-tasks';

interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time of the event's thread, microseconds. */
  readonly tdur?: number;
}

/**
 * Does `work` and returns the processor milliseconds of each task of the page's main thread that took longer than 50 ms meanwhile. The
 * Long Tasks API would count the time in which other processes had the processor; Chromium's own trace tells the two apart.
 *
 * @throws when the trace holds no task of the page at all: then nothing was measured.
 */
export async function longTasks(page: Page, work: () => Promise<void>): Promise<number[]> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('This page belongs to no browser that can be traced.');
  await browser.startTracing(page, { categories: ['toplevel', 'blink.user_timing'] });
  let trace: Buffer;
  try {
    await page.evaluate((mark) => void performance.mark(mark), MARK);
    await work();
  } finally {
    trace = await browser.stopTracing();
  }
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  const main = traceEvents.find((event) => event.name === MARK);
  const tasks = traceEvents.filter(
    ({ name, ph, pid, tid, tdur }) => name.endsWith('RunTask') && ph === 'X' && pid === main?.pid && tid === main.tid && tdur !== undefined,
  );
  if (tasks.length === 0) throw new Error('The trace names no task of the page: nothing was measured.');
  return tasks.map(({ tdur = 0 }) => Math.round(tdur / 1000)).filter((ms) => ms > LIMIT_MS);
}
