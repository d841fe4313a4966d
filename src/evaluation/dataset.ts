// A dataset of questions about pictures: reads `[{prompt, solution, image_path, idx}]`, item by item; what is wrong with one stops no other.
import * as v from 'valibot';
import { EngineFault, fault } from '../errors';
import type { PixelRect } from '../image/tiles';
import { cleanQuestion } from '../prompt/question';
import { findDuplicateKeys } from './duplicate-keys';

/** One question about one picture. */
export interface Item {
  /** Its place in the file: 0, 1, … */
  readonly place: number;
  /** The number that the dataset gives it. */
  readonly idx: number;
  /** The question with its options, cleaned. */
  readonly prompt: string;
  readonly solution: string;
  /** Where the picture is, as the dataset says it. */
  readonly imagePath: string;
  /** What kind of question it is; null where the dataset does not say. */
  readonly family: string | null;
  readonly split: string | null;
  /** What may be chosen from, in the order of their letters: A, B, …; null where the dataset does not say. */
  readonly options: readonly string[] | null;
  /** Its other short fields, such as its domain, topic or subject, as text: what accuracy can be broken down by. */
  readonly fields: Readonly<Record<string, string>>;
  /** Where the picture shows what the question is about, in its pixels; null where the dataset does not say. */
  readonly focus: readonly PixelRect[] | null;
}

/** An entry that cannot be asked. */
export interface BadItem {
  readonly place: number;
  /** null where it is itself what is wrong. */
  readonly idx: number | null;
  /** One sentence that names the item. */
  readonly problem: string;
}

export interface Dataset {
  /** One for each entry of the file, in order. */
  readonly entries: readonly (Item | BadItem)[];
}

/** Whether an entry cannot be asked. */
export const isBad = (entry: Item | BadItem): entry is BadItem => 'problem' in entry;

/** The largest `idx`: file names of outputs have room for nine digits. */
const MOST_IDX = 999_999_999;
const FORM = 'a list of {"prompt", "solution", "image_path", "idx"}';

/**
 * Reads a dataset.
 * @param text the file's JSON.
 * @param name how the file is called, for messages.
 * @throws EngineFault BAD_INPUT when it is not JSON, not a list, or holds no item that can be asked.
 */
export function parseDataset(text: string, name: string): Dataset {
  const list = readList(text, name);
  const duplicates = findDuplicateKeys(text);
  const placeOf = new Map<number, number>();
  const entries = list.map((value, place): Item | BadItem => {
    const entry = readEntry(value, place, duplicates.get(place) ?? []);
    if (isBad(entry)) return entry;
    const first = placeOf.get(entry.idx);
    if (first !== undefined) return bad(place, null, `has idx ${entry.idx}, which item ${first + 1} has already`);
    placeOf.set(entry.idx, place);
    return entry;
  });
  const problem = entries.find(isBad);
  if (entries.every(isBad) && problem !== undefined) {
    throw fault('BAD_INPUT', `None of the ${entries.length} items of ${name} can be asked. ${problem.problem}`, `Give ${FORM}.`);
  }
  return { entries };
}

function readList(text: string, name: string): readonly unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message.replace(/\s+/g, ' ').slice(0, 160) : '';
    const lines = /^\s*\{[^]*\}\s*\n\s*\{/.test(text.slice(0, 100_000));
    const hint = lines ? ' It looks like JSON Lines: put its lines into one list.' : '';
    throw fault('BAD_INPUT', `${name} is not JSON (${why}).`, `Give ${FORM}.${hint}`);
  }
  if (!Array.isArray(value)) {
    const kind = value === null ? 'null' : typeof value === 'object' ? 'an object' : `a ${typeof value}`;
    throw fault('BAD_INPUT', `${name} holds ${kind} and not a list.`, `Give ${FORM}.`);
  }
  if (value.length === 0) throw fault('BAD_INPUT', `${name} is an empty list.`, `Give ${FORM}, with at least one item.`);
  return value as readonly unknown[];
}

function readEntry(value: unknown, place: number, twice: readonly string[]): Item | BadItem {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return bad(place, null, 'is not an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const { idx } = fields;
  if (idx === undefined) return bad(place, null, 'has no "idx"');
  if (typeof idx !== 'number' || !Number.isInteger(idx) || idx < 0 || idx > MOST_IDX) {
    return bad(place, null, `has an "idx" that is not a whole number from 0 to ${MOST_IDX}`);
  }
  if (twice.length > 0) return bad(place, idx, `gives "${twice[0]}" twice`);
  for (const name of ['prompt', 'solution', 'image_path'] as const) {
    const text = fields[name];
    if (text === undefined) return bad(place, idx, `has no "${name}"`);
    if (typeof text !== 'string') return bad(place, idx, `has a "${name}" that is not text`);
    if (text.trim() === '') return bad(place, idx, `has an empty "${name}"`);
  }
  const texts = fields as Readonly<Record<'prompt' | 'solution' | 'image_path', string>>;
  const question = readQuestion(texts.prompt);
  if (typeof question !== 'string') return bad(place, idx, `has a "prompt" that cannot be asked: ${question.problem}`);
  return {
    place,
    idx,
    prompt: question,
    solution: texts.solution.toWellFormed().normalize('NFC').trim(),
    imagePath: texts.image_path.trim(),
    family: textOr(fields['family']),
    split: textOr(fields['split']),
    options: optionsOf(fields),
    fields: shortFields(fields),
    focus: focusOf(fields),
  };
}

/** As many options as there are letters. */
const MOST_OPTIONS = 26;
const MOST_OPTION_LENGTH = 1000;

/** `options`, or `choices` as M3CoT and ScienceQA call them; none where one is no text, for then the letters of the others would shift. */
function optionsOf(fields: Readonly<Record<string, unknown>>): readonly string[] | null {
  const given = fields['options'] ?? fields['choices'];
  if (!Array.isArray(given) || given.length === 0 || given.length > MOST_OPTIONS) return null;
  const isOption = (option: unknown): option is string => typeof option === 'string' && option.length <= MOST_OPTION_LENGTH;
  return given.every(isOption) ? given.map((option) => option.toWellFormed().normalize('NFC').trim()) : null;
}

/** Fields that are read for themselves. */
const OWN_FIELDS: ReadonlySet<string> = new Set(['idx', 'prompt', 'solution', 'image_path', 'family', 'split', 'options', 'choices']);
/** Names of fields that are kept. */
export const FIELD_NAME = /^[A-Za-z][\w-]{0,39}$/;
const MOST_FIELDS = 32;
const MOST_FIELD_LENGTH = 200;

/** Short texts, numbers and truth values, in the order of the file; longer texts, lists and objects are no groups. */
function shortFields(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const short = Object.entries(fields).flatMap(([name, value]) => {
    if (OWN_FIELDS.has(name) || !FIELD_NAME.test(name)) return [];
    if (typeof value === 'number' || typeof value === 'boolean') return [[name, String(value)] as const];
    if (typeof value !== 'string' || value.trim() === '' || value.length > MOST_FIELD_LENGTH) return [];
    return [[name, value.toWellFormed().normalize('NFC').trim()] as const];
  });
  return Object.fromEntries(short.slice(0, MOST_FIELDS));
}

function readQuestion(prompt: string): string | { readonly problem: string } {
  try {
    return cleanQuestion(prompt);
  } catch (thrown) {
    if (thrown instanceof EngineFault) return { problem: thrown.value.message.replace(/\.$/, '') };
    throw thrown;
  }
}

const aboutSchema = v.object({
  focus: v.array(v.pipe(v.number(), v.integer(), v.minValue(0))),
  objects: v.array(v.object({ box: v.tuple([v.number(), v.number(), v.number(), v.number()]) })),
});

/** The boxes of the objects that the answer depends on, as the embedded world's data sets have them; other fields of that name say nothing. */
function focusOf(fields: Readonly<Record<string, unknown>>): readonly PixelRect[] | null {
  const about = v.safeParse(aboutSchema, fields);
  if (!about.success) return null;
  const { focus, objects } = about.output;
  const boxes = focus.filter((index) => index < objects.length).map((index) => objects[index].box);
  if (boxes.length === 0) return null;
  return boxes.map(([left, top, right, bottom]) => ({ x: left, y: top, width: right - left, height: bottom - top }));
}

const textOr = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

function bad(place: number, idx: number | null, what: string): BadItem {
  return { place, idx, problem: `Item ${place + 1}${idx === null ? '' : ` (idx ${idx})`} ${what}.` };
}

/** A part of a dataset: the entries at places `from` (included) to `to` (excluded). */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Shard `number` of `of`, both from 1 on. */
export interface Shard {
  readonly number: number;
  readonly of: number;
}

/** The places of a shard: equal blocks that follow one another, so that the questions of one picture stay together. */
export function shardRange({ from, to }: Range, { number, of }: Shard): Range {
  const at = (part: number): number => from + Math.floor((part * (to - from)) / of);
  return { from: at(number - 1), to: at(number) };
}
