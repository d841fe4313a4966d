// What a schema finds wrong with a value, in words: where it is, what is there, and what was expected.
import * as v from 'valibot';

/** Longest name of a place, and longest piece of text, that a message quotes. */
const SHOWN = 60;

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  loose_object: 'an object',
  strict_object: 'an object',
  Object: 'an object',
  record: 'an object',
  null: 'null',
};

/**
 * The finding as the end of a sentence that begins with the file: "totals.ms is text where a number was expected". `inside` names what the value
 * itself is part of, such as "detail.". Checks that are made for a schema (regex, check, custom) should have a message of their own: a predicate,
 * such as "is no picture".
 */
export function issueInWords(issue: v.BaseIssue<unknown>, inside = ''): string {
  const path = shorten(`${inside}${v.getDotPath(issue) ?? ''}`.replace(/\.$/, ''));
  return `${path === '' ? 'it' : path} ${predicate(issue)}`;
}

function predicate({ kind, type, input, expected, received, message, ...issue }: v.BaseIssue<unknown>): string {
  if (received === 'undefined') return 'is missing';
  const most = 'requirement' in issue ? String(issue.requirement) : '';
  switch (type) {
    case 'max_length':
      return `has ${lengthOf(input)}; at most ${most} are possible`;
    case 'min_length':
      return `has ${lengthOf(input)}; at least ${most} are needed`;
    case 'max_value':
      return `is ${String(input)}; at most ${most} is possible`;
    case 'min_value':
      return `is ${String(input)}; at least ${most} is possible`;
    case 'integer':
    case 'finite':
      return `is ${String(input)} where a whole number was expected`;
    default:
  }
  if (kind === 'validation' || type === 'custom') {
    // A check without words of its own says nothing that a person could read.
    return message.startsWith('Invalid ') ? `is ${describe(input)}, which is not possible here` : message;
  }
  return `is ${describe(input)} where ${KINDS[type] ?? choices(expected)} was expected`;
}

/** What a value is, in a few words: its text or number where that is short. */
function describe(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? `the text "${shorten(value)}"` : String(value);
}

/** `"a" | "b"`, as schemas write it, in words. */
function choices(expected: string | null): string {
  const known = (expected ?? 'something else').replace(/^\((.*)\)$/, '$1').split(' | ');
  const words = known.map((one) => KINDS[one] ?? one);
  return words.length === 1 ? words[0] : `one of ${words.join(', ')}`;
}

function lengthOf(value: unknown): string {
  const { length } = value as { readonly length: number };
  return `${length} ${typeof value === 'string' ? 'characters' : 'entries'}`;
}

const shorten = (text: string): string => (text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text);
