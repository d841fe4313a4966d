// A recorded run as a file: JSON Lines, one event a line; reading trusts nothing.
import * as v from 'valibot';
import { fault, type EngineFault } from '../errors';
import { FORMAT, isTerminal, runEventSchema, type RunEvent } from './events';
import { createSequenceGuard } from './sequence';

/** Most characters of a recording that is read. */
export const MAX_RECORD_LENGTH = 64_000_000;
/** Most events of a recording that is read. */
export const MAX_RECORD_EVENTS = 50_000;

export interface Recording {
  readonly events: readonly RunEvent[];
  /** True when the recording ends without a terminal event or in the middle of a line: what came before is kept. */
  readonly cutOff: boolean;
}

/** Writes events as JSON Lines, with a line break after each. */
export function writeRecord(events: Iterable<RunEvent>): string {
  let text = '';
  for (const event of events) text += `${JSON.stringify(event)}\n`;
  return text;
}

/**
 * Reads a recording.
 * @throws EngineFault PROTOCOL, naming the line, when a line is no event, the order is impossible, the format has another
 * version, or the file is too large or holds no event at all.
 */
export function parseRecord(text: string): Recording {
  if (text.length > MAX_RECORD_LENGTH) {
    throw refuse(null, `It has ${text.length} characters; at most ${MAX_RECORD_LENGTH} are read.`);
  }
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  const guard = createSequenceGuard();
  const events: RunEvent[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const number = index + 1;
    if (events.length === MAX_RECORD_EVENTS) throw refuse(number, `It has more than ${MAX_RECORD_EVENTS} events.`);
    const value = parseJson(line);
    // A file cut while it was written ends inside a line; anywhere else a broken line is an error.
    if (value === undefined && index === lines.length - 1 && events.length > 0) break;
    const event = readEvent(value, number);
    const problem = guard(event);
    if (problem !== null) throw refuse(number, `${problem}.`);
    events.push(event);
  }
  const last = events.at(-1);
  if (last === undefined) throw refuse(null, 'It holds no events.');
  return { events, cutOff: !isTerminal(last) };
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function readEvent(value: unknown, line: number): RunEvent {
  if (value === undefined) throw refuse(line, 'It is not JSON.');
  const version = otherVersion(value);
  if (version !== null) {
    throw refuse(line, `It has format version ${version}; this version of Noema reads version ${FORMAT}.`);
  }
  const result = v.safeParse(runEventSchema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw refuse(line, `It is not an event: ${v.getDotPath(issue) ?? 'value'}: ${issue.message.slice(0, 200)}.`);
}

/** The format version a `started` line names, when it is not ours. */
function otherVersion(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const { type, format } = value as { type?: unknown; format?: unknown };
  if (type !== 'started' || format === FORMAT) return null;
  return typeof format === 'number' ? String(format) : 'unknown';
}

function refuse(line: number | null, problem: string): EngineFault {
  const where = line === null ? 'This recording cannot be read.' : `Line ${line} of this recording cannot be read.`;
  return fault('PROTOCOL', `${where} ${problem}`, 'Open a recording that Noema exported, or run again and export anew.');
}
