// The log of an evaluation: JSON Lines; a header, what was loaded, then one line for each item of the dataset that is done with.
import * as v from 'valibot';
import { fault, type EngineFault } from '../errors';
import { count, finite } from '../events/bounds';
import { armResultSchema } from './measure';

/**
 * Version of the log's format that is written. Format 1 told nothing of options, other fields, controls and what an answer cost; its logs are
 * read, judged and joined with that left open, and not gone on with.
 */
export const LOG_FORMAT = 2;
const FORMATS = [1, LOG_FORMAT] as const;

const text = v.pipe(v.string(), v.maxLength(100_000));
const range = v.object({ from: count, to: count });

const headerSchema = v.object({
  type: v.literal('evaluation'),
  format: v.picklist(FORMATS),
  dataset: v.object({ name: text, sha256: v.pipe(v.string(), v.hexadecimal()), entries: count }),
  /** The places of the dataset that are evaluated, over all shards. */
  range,
  /** Which part of the range this log is of. */
  shard: v.object({ number: count, of: count }),
  arms: v.pipe(
    v.array(v.object({ name: text, method: text, settings: v.record(v.string(), v.union([finite, v.boolean(), text, v.null()])) })),
    v.minLength(1),
  ),
  /** Name of the arm that the others are compared with. */
  baseline: text,
  /** What was asked for: a model as the command line names it (null: the embedded one), dtype and device. */
  model: v.object({ source: v.nullable(text), dtype: text, device: text }),
  /** Whether times are kept. */
  times: v.boolean(),
  /** Whether the arms of an item share what they read of picture and prompt: the first one pays for it then. */
  shared: v.optional(v.boolean(), true),
  /** ISO 8601; null where times are left out. */
  begun: v.nullable(text),
});

const loadedSchema = v.object({
  type: v.literal('loaded'),
  model: v.object({ id: text, name: text, family: text, dtype: text }),
  device: v.object({ kind: text, description: text, software: v.boolean() }),
});

const itemSchema = v.object({
  type: v.literal('item'),
  place: count,
  idx: count,
  family: v.nullable(text),
  split: v.nullable(text),
  prompt: text,
  solution: text,
  imagePath: text,
  options: v.optional(v.nullable(v.array(text)), null),
  /** See `Item`. */
  fields: v.optional(v.record(v.string(), text), () => ({})),
  /** By the arm's name. */
  arms: v.record(v.string(), armResultSchema),
});

const problemSchema = v.object({
  type: v.literal('problem'),
  place: count,
  idx: v.nullable(count),
  /** `dataset`: the entry itself; it stays so as long as the dataset does. `picture` and `run` are tried again. */
  kind: v.picklist(['dataset', 'picture', 'run']),
  message: text,
});

const verdictSchema = v.object({
  type: v.literal('verdict'),
  place: count,
  /** The arm's name, with `:untouched` for its baseline. */
  arm: text,
  /** What the judge is called at its endpoint. */
  judge: text,
  /** Whether it found the answer to mean the same as the solution. */
  equivalent: v.boolean(),
});

const lineSchema = v.variant('type', [headerSchema, loadedSchema, itemSchema, problemSchema, verdictSchema]);

export type Header = v.InferOutput<typeof headerSchema>;
export type Loaded = v.InferOutput<typeof loadedSchema>;
export type ItemLine = v.InferOutput<typeof itemSchema>;
export type ProblemLine = v.InferOutput<typeof problemSchema>;
export type Verdict = v.InferOutput<typeof verdictSchema>;
export type LogLine = v.InferOutput<typeof lineSchema>;

/** A line of the log, with its line break. */
export const writeLine = (line: LogLine): string => `${JSON.stringify(line)}\n`;

/**
 * Reads one line.
 *
 * @param number its number in the file, from 1 on.
 * @throws EngineFault BAD_INPUT that names the line and says what is wrong with it.
 */
export function readLine(line: string, number: number, name: string): LogLine {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refuse(name, number, 'It is not JSON');
  }
  const { type, format } = (value ?? {}) as { readonly type?: unknown; readonly format?: unknown };
  if (type === 'evaluation' && !(FORMATS as readonly unknown[]).includes(format)) {
    throw refuse(name, number, `It has version ${String(format)} of the format, and this Noema reads versions ${FORMATS.join(' and ')}`);
  }
  const result = v.safeParse(lineSchema, value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw refuse(name, number, `It is no line of an evaluation: ${v.getDotPath(issue) ?? 'value'}: ${issue.message.slice(0, 160)}`);
  }
  if ((number === 1) !== (result.output.type === 'evaluation')) {
    throw refuse(name, number, number === 1 ? 'It is no header of an evaluation' : 'It is a second header');
  }
  return result.output;
}

function refuse(name: string, line: number, why: string): EngineFault {
  return fault('BAD_INPUT', `Line ${line} of ${name} cannot be read. ${why}.`, 'Name another output folder, or move this one away.');
}

/**
 * How two headers differ, in words; null when the second can go on with what the first began. The time of the beginning does not count.
 *
 * @param ignore parts that may differ: shards of one evaluation differ in their shard.
 */
export function headerDifference(before: Header, now: Header, ignore: readonly (keyof Header)[] = []): string | null {
  const words: Partial<Record<keyof Header, string>> = {
    format: "version of the log's format",
    dataset: 'dataset',
    range: 'range of items',
    shard: 'shard',
    arms: 'arms or settings',
    baseline: 'baseline arm',
    model: 'model, dtype or device',
    times: 'choice of times',
    shared: 'choice of what arms share',
  };
  const keys = (Object.keys(words) as (keyof Header)[]).filter((key) => !ignore.includes(key));
  const different = keys.find((key) => canonical(before[key]) !== canonical(now[key]));
  if (different === undefined) return null;
  return `another ${words[different]} (${shorten(before[different])} there, ${shorten(now[different])} here)`;
}

/** Whether two loads gave the same model on the same kind of device, in words; null when they did. The names of devices may differ. */
export function loadedDifference(before: Loaded, now: Loaded): string | null {
  const facts = ({ model, device }: Loaded): string =>
    `${model.name} ${model.dtype} on ${device.kind}${device.software ? ' in software' : ''}`;
  if (
    canonical(before.model) === canonical(now.model) &&
    before.device.kind === now.device.kind &&
    before.device.software === now.device.software
  ) {
    return null;
  }
  return `another model or device (${facts(before)} there, ${facts(now)} here)`;
}

/** JSON with the names of every object in order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, entry: unknown) =>
    typeof entry === 'object' && entry !== null && !Array.isArray(entry)
      ? Object.fromEntries(Object.entries(entry).sort(([a], [b]) => (a < b ? -1 : 1)))
      : entry,
  );
}

function shorten(value: unknown): string {
  const text = canonical(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
