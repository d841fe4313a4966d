// A recorded run as a file: JSON Lines, one event a line.
import type { RunEvent } from './events';

/** Most characters of a recording that is read. */
export const MAX_RECORD_LENGTH = 64_000_000;

/** The lines of a recording: each event as JSON, with a line break after it. */
export function* recordLines(events: Iterable<RunEvent>): Generator<string, void, undefined> {
  for (const event of events) yield `${JSON.stringify(event)}\n`;
}

/** The same as one text. */
export function writeRecord(events: Iterable<RunEvent>): string {
  return [...recordLines(events)].join('');
}
