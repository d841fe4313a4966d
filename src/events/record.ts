// A recorded run as a file: JSON Lines, one event a line; reading trusts nothing.
import * as v from 'valibot';
import { fault, type EngineFault } from '../errors';
import { FORMAT, isTerminal, runEventSchema, type RunEvent } from './events';
import { createFormat1Reader, type LineReader } from './format-1';
import type { RecordedMethod, RecordedMethods } from './recorded-method';
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
 * Reads a recording of this format or of format 1, which comes back lifted to this one.
 * @throws EngineFault PROTOCOL, naming the line, when a line is no event, the order is impossible, the format is newer, the
 * method is unknown, or the file is too large or holds no event at all.
 */
export function parseRecord(text: string, methods: RecordedMethods): Recording {
  if (text.length > MAX_RECORD_LENGTH) {
    throw refuse(null, `It has ${text.length} characters; at most ${MAX_RECORD_LENGTH} are read.`);
  }
  const lines = text.replace(/^\uFEFF/, '').split('\n');
  let method: RecordedMethod | undefined;
  const guard = createSequenceGuard((step, imageTokens) => method?.checkDetail?.(step, imageTokens) ?? null);
  let readLine: LineReader = (event) => ({ event });
  const events: RunEvent[] = [];
  for (const [index, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const number = index + 1;
    if (events.length === MAX_RECORD_EVENTS) throw refuse(number, `It has more than ${MAX_RECORD_EVENTS} events.`);
    const value = parseJson(line);
    // A file cut while it was written ends inside a line; anywhere else a broken line is an error.
    if (value === undefined && index === lines.length - 1 && events.length > 0) break;
    if (value === undefined) throw refuse(number, 'It is not JSON.');
    const head = startOf(value);
    if (head !== null) {
      if (head.format === 1) readLine = createFormat1Reader(methods);
      else if (head.format !== FORMAT) throw otherFormat(number, head.format);
      method = methods.find(head.method);
      if (method === undefined) throw unknownMethod(number, head.method, methods);
    }
    const found = readLine(value);
    if ('problem' in found) throw refuse(number, found.problem);
    const event = readEvent(found.event, number, method);
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

/** Format and method that a `started` line names; null for any other line. */
function startOf(value: unknown): { readonly format: unknown; readonly method: string } | null {
  if (typeof value !== 'object' || value === null) return null;
  const { type, format, method } = value as { type?: unknown; format?: unknown; method?: unknown };
  return type === 'started' ? { format, method: typeof method === 'string' ? method : '' } : null;
}

function readEvent(value: unknown, line: number, method: RecordedMethod | undefined): RunEvent {
  const event = check(runEventSchema, value, line, '');
  if (event.type !== 'step' || event.detail === null) return event;
  if (method?.detail === undefined) throw refuse(line, 'It has a detail, and steps of its method have none.');
  return { ...event, detail: check(method.detail, event.detail, line, 'detail.') };
}

function check<S extends v.GenericSchema>(schema: S, value: unknown, line: number, where: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw refuse(line, `It is not an event: ${where}${v.getDotPath(issue) ?? 'value'}: ${issue.message.slice(0, 200)}.`);
}

function otherFormat(line: number, format: unknown): EngineFault {
  const newer = typeof format === 'number' && format > FORMAT;
  const problem = `It has format version ${typeof format === 'number' ? String(format) : 'unknown'}; this version of Noema reads up to version ${FORMAT}.`;
  return refuse(
    line,
    problem,
    newer ? 'Open it with a newer version of Noema: reload the page without the cache, or update it.' : undefined,
  );
}

function unknownMethod(line: number, id: string, methods: RecordedMethods): EngineFault {
  const known = methods.list.map((method) => method.id).join(', ');
  const shown = id.length > 40 ? `${id.slice(0, 40)}…` : id;
  return refuse(
    line,
    `It was made with the method "${shown}"; this version of Noema knows ${known}.`,
    'Open it with the version of Noema that made it, or a newer one.',
  );
}

function refuse(
  line: number | null,
  problem: string,
  action = 'Open a recording that Noema exported, or run again and export anew.',
): EngineFault {
  const where = line === null ? 'This recording cannot be read.' : `Line ${line} of this recording cannot be read.`;
  return fault('PROTOCOL', `${where} ${problem}`, action);
}
