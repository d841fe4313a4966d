// What a page takes while something happens: time by the clock, processor time, and how much of the machine others had meanwhile.
import { cpus } from 'node:os';
import type { Page } from '@playwright/test';

/** Others may have this share of the machine's processor time before a clock says more about them than about the page. */
const QUIET = 0.2;

export interface Spent {
  /** Milliseconds by the clock. */
  readonly clock: number;
  /** Processor milliseconds of the page's process, all of its threads together. */
  readonly processor: number;
  /** Share of the machine's processor time that went to none of our processes, 0 to 1. */
  readonly others: number;
}

/** Whether the clock can be believed: the machine was the page's. */
export const isQuiet = ({ others }: Spent): boolean => others <= QUIET;

/**
 * Does `work` on a page and says what it took. A first navigation may give the page another process: what the first one had spent, some
 * hundredths of a second, is then missing.
 *
 * @param work gives the milliseconds by the clock, where a finer clock than this script's is at hand.
 */
export async function spent(page: Page, work: () => Promise<number | void>): Promise<Spent> {
  const before = { machine: machineTime(), ours: await ourTime(page), page: await pageTime(page), clock: performance.now() };
  const told = await work();
  const clock = told ?? performance.now() - before.clock;
  const processor = (await pageTime(page)) - before.page;
  const [ours, machine] = [await ourTime(page), machineTime()];
  const had = (machine.clock - before.machine.clock) * cpus().length;
  const others = had - (machine.idle - before.machine.idle) - (ours - before.ours);
  return { clock, processor, others: Math.max(0, others) / Math.max(1, had) };
}

/**
 * Milliseconds by the clock, and those in which a processor had nothing to do, all processors together. What is neither idle nor ours went to
 * others: other processes, or a host that gave it to another machine.
 */
function machineTime(): { clock: number; idle: number } {
  return { clock: performance.now(), idle: cpus().reduce((sum, { times }) => sum + times.idle, 0) };
}

/** Processor milliseconds of the page's own process so far. */
async function pageTime(page: Page): Promise<number> {
  const session = await page.context().newCDPSession(page);
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  return 1000 * (metrics.find(({ name }) => name === 'ProcessTime')?.value ?? Number.NaN);
}

/** Processor milliseconds of the browser's processes and of this one so far. */
async function ourTime(page: Page): Promise<number> {
  const browser = page.context().browser();
  if (browser === null) throw new Error('This page belongs to no browser that can be asked.');
  const session = await browser.newBrowserCDPSession();
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  await session.detach();
  const { user, system } = process.cpuUsage();
  return 1000 * processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0) + (user + system) / 1000;
}
