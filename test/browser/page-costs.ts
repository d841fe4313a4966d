// What the browser tells of the page that runs the tests: memory and processor time.
import { cdp } from 'vitest/browser';

/** Bytes of this page's JavaScript after a collection, its array buffers included. */
export async function heapBytes(): Promise<number> {
  await cdp().send('HeapProfiler.collectGarbage');
  const usage = (await cdp().send('Runtime.getHeapUsage')) as { usedSize: number; backingStorageSize?: number };
  return usage.usedSize + (usage.backingStorageSize ?? 0);
}

/** Processor time that this page's main thread has had, in seconds; other work on the machine hardly moves it. */
export async function threadSeconds(): Promise<number> {
  await cdp().send('Performance.enable', { timeDomain: 'threadTicks' });
  const { metrics } = (await cdp().send('Performance.getMetrics')) as { metrics: readonly { name: string; value: number }[] };
  const found = metrics.find(({ name }) => name === 'ThreadTime');
  if (!found) throw new Error('the browser does not tell the processor time of a thread');
  return found.value;
}
