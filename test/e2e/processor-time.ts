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
  const others = machine.busy - before.machine.busy - (ours - before.ours);
  return {
    clock,
    processor,
    others: Math.max(0, others) / Math.max(1, machine.all - before.machine.all),
  };
}

/** Processor milliseconds the machine has given so far, and those it had to give. */
function machineTime(): { busy: number; all: number } {
  const totals = { busy: 0, all: 0 };
  for (const { times } of cpus()) {
    const all = times.user + times.nice + times.sys + times.idle + times.irq;
    totals.all += all;
    totals.busy += all - times.idle;
  }
  return totals;
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
