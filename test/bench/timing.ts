// Times in the browser: one job, a row of jobs, and what both ways of a step must agree on.

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

/** The largest difference of two sets of numbers with the same parts, relative to the largest number of each part. */
export function farthest<Part extends string>(
  wanted: Readonly<Record<Part, Float32Array>>,
  found: Readonly<Record<Part, Float32Array>>,
): number {
  const parts = Object.keys(wanted) as Part[];
  return Math.max(
    ...parts.map((part) => {
      const scale = Math.max(...wanted[part].map(Math.abs));
      return Math.max(...wanted[part].map((value, i) => Math.abs(value - found[part][i]))) / scale;
    }),
  );
}
