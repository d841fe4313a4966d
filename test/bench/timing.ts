// Times in the browser: one job, a row of jobs, and what both ways of a step must agree on.
import type { StepNumbers } from './workload';

/** Milliseconds a job takes. */
export async function timed(job: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await job();
  return performance.now() - begun;
}

/** Milliseconds per job of `count` jobs one after another: single operations say little. */
export async function timedEach(count: number, job: () => Promise<unknown>): Promise<number> {
  return (
    (await timed(async () => {
      for (let i = 0; i < count; i += 1) await job();
    })) / count
  );
}

/** The largest difference of two steps' numbers, relative to the largest number of its kind. */
export function farthest(a: StepNumbers, b: StepNumbers): number {
  return Math.max(
    ...(['attention', 'topLogits', 'logSumExp'] as const).map((part) => {
      const scale = Math.max(...a[part].map(Math.abs));
      return Math.max(...a[part].map((value, i) => Math.abs(value - b[part][i]))) / scale;
    }),
  );
}
