// What the totals of a run tell of its phases: time and work of every phase it entered, of no other, and no more than of the whole run.
import type { RunEventOf, RunPhase } from './events';

type Totals = RunEventOf<'finished'>['totals'];

/** Milliseconds that rounding may add to a sum of durations. */
const SLACK_MS = 1;

/** What is wrong with totals in words, or null. `seen`: the phases that the run entered. */
export function checkTotals(totals: Totals, seen: ReadonlySet<RunPhase>): string | null {
  return checkTimes(totals, seen) ?? checkWork(totals, seen);
}

function checkWork({ passes, rows, work }: Totals, seen: ReadonlySet<RunPhase>): string | null {
  if (work === undefined) return null;
  const names = Object.keys(work);
  const odd = names.find((name) => !(seen as ReadonlySet<string>).has(name));
  if (odd !== undefined) return `it counts passes of phase "${odd}", which it never entered`;
  if (names.length < seen.size) return 'the passes of a phase are missing';
  const sum = (of: 'passes' | 'rows'): number => Object.values(work).reduce((all, one) => all + one[of], 0);
  if (sum('passes') > passes) return `its phases have ${sum('passes')} passes, and the whole run ${passes}`;
  return sum('rows') > rows ? `its phases have ${sum('rows')} rows, and the whole run ${rows}` : null;
}

function checkTimes({ ms, phases }: Totals, seen: ReadonlySet<RunPhase>): string | null {
  const names = Object.keys(phases);
  const odd = names.find((name) => !(seen as ReadonlySet<string>).has(name));
  if (odd !== undefined) return `it took time in phase "${odd}", which it never entered`;
  if (names.length < seen.size) return 'the time of a phase is missing';
  const sum = Object.values(phases).reduce((all, one) => all + one, 0);
  return sum > ms + SLACK_MS ? `its phases took ${sum} ms, and the whole run ${ms} ms` : null;
}
