// Reads a recorded run line by line; it trusts nothing.
import * as v from 'valibot';
import { fault, type EngineFault } from '../errors';
import { MOST } from './bounds';
import { runEventSchema, type RunEvent } from './events';
import { createFormat1Reader, type LineReader } from './format-1';
import { FORMAT, isTerminal, PHASES } from './kinds';
import { tooMuchIn } from './line-shape';
import { MAX_RECORD_LENGTH } from './record';
import type { RecordedMethod, RecordedMethods } from './recorded-method';
import { issueInWords } from '../text/schema-words';
import { createSequenceGuard } from './sequence';

/** Most lines of a recording, blank ones too: all events of the longest run (two answers, measured), and as many blank lines. */
export const MAX_RECORD_LINES = 2 * (4 + PHASES.length + MOST.steps + 5 * MOST.tokens);
/** Most characters of a line: those of the largest preview, and of what stands beside it. */
export const MAX_LINE_LENGTH = MOST.preview + 100_000;

export interface Recording {
  readonly events: readonly RunEvent[];
  /** True when the recording ends without a terminal event or in the middle of a line: what came before is kept. */
  readonly cutOff: boolean;
}

/** Reads a recording at once. @throws EngineFault PROTOCOL as `readRecord` does. */
export function parseRecord(text: string, methods: RecordedMethods): Recording {
  const reading = readRecord(text, methods);
  for (;;) {
    const { done, value } = reading.next();
    if (done === true) return value;
  }
}

/**
 * Reads a recording of this format or of format 1, which comes back lifted to this one. Yields after each line, so that whoever reads may do
 * something else in between; no line takes long, whatever is in it.
 * @throws EngineFault PROTOCOL, naming the line, when a line is no event, the order is impossible, events contradict one another, the format is
 * newer, the method is unknown, or the file is too large or holds no event at all.
 */
export function* readRecord(text: string, methods: RecordedMethods): Generator<void, Recording, undefined> {
  if (text.length > MAX_RECORD_LENGTH) {
    throw refuse(null, `It has ${text.length} characters; at most ${MAX_RECORD_LENGTH} are read.`);
  }
  const guard = createSequenceGuard(methods);
  const events: RunEvent[] = [];
  let method: RecordedMethod | undefined;
  let readLine: LineReader = (event) => ({ event });
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  for (let number = 1; at <= text.length; number++) {
    if (number > MAX_RECORD_LINES) throw refuse(number, `It is one more than the ${MAX_RECORD_LINES} lines that a recording has at most.`);
    const found = text.indexOf('\n', at);
    const end = found < 0 ? text.length : found;
    if (end - at > MAX_LINE_LENGTH) throw refuse(number, `It has ${end - at} characters; a line has at most ${MAX_LINE_LENGTH}.`);
    const line = text.slice(at, end);
    const isLast = found < 0;
    at = end + 1;
    if (line.trim() === '') continue;
    const excess = tooMuchIn(line);
    if (excess !== null) throw refuse(number, `It has ${excess}, and no event has.`);
    const value = parseJson(line);
    // A file cut while it was written ends inside a line; anywhere else a broken line is an error.
    if (value === undefined && isLast && events.length > 0) break;
    if (value === undefined) throw refuse(number, 'It is not JSON.');
    const head = startOf(value);
    if (head !== null) {
      if (head.format === 1) readLine = createFormat1Reader(methods);
      else if (head.format !== FORMAT) throw otherFormat(number, head.format);
      method = methods.find(head.method);
      if (method === undefined) throw unknownMethod(number, head.method, methods);
    }
    const lifted = readLine(value);
    if ('problem' in lifted) throw refuse(number, lifted.problem);
    const event = readEvent(lifted.event, number, method);
    const problem = guard(event);
    if (problem !== null) throw refuse(number, sentence(problem));
    events.push(event);
    yield;
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
  throw refuse(line, `It is not an event: ${issueInWords(issue, where)}.`);
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

const sentence = (words: string): string => `${words[0].toUpperCase()}${words.slice(1)}.`;

function refuse(
  line: number | null,
  problem: string,
  action = 'Open a recording that Noema exported, or run again and export anew.',
): EngineFault {
  const where = line === null ? 'This recording cannot be read.' : `Line ${line} of this recording cannot be read.`;
  return fault('PROTOCOL', `${where} ${problem}`, action);
}
