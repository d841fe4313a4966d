// Where the time of a run went, in the order in which it passed: nothing twice, and nothing left out.
import type { RunEventOf } from '../../src/events/events';

/** [name, milliseconds]: preparing, encoding the picture and reading the prompt apart where that is known, then the other phases. */
export function timeParts({ ms, phases, encodeMs = 0 }: RunEventOf<'finished'>['totals']): (readonly [string, number])[] {
  const entries = Object.entries(phases);
  const rest = ms - entries.reduce((sum, [, one]) => sum + one, 0);
  const parts = entries.map(([name, one]) => [name, name === 'read' ? one - encodeMs : one] as const);
  return [['prepare', rest] as const, ['encode', encodeMs] as const, ...parts].filter(([, one]) => one > 0);
}
