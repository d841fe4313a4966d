// Looks at tokenizer.json before a tokenizer is made of it: a vocabulary of token ids, and no step that could grow or search without end.
import * as v from 'valibot';

const MOST_STEPS = 32;
/** How many times longer all normalisers together may make a text. */
const MOST_GROWTH = 64;
const LONGEST_TEXT = 64;
const LONGEST_PATTERN = 4096;
/** Far above any vocabulary; the model's own size is compared elsewhere. */
const MOST_TOKENS = 2 ** 24;

const id = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MOST_TOKENS));
const schema = v.looseObject({
  model: v.looseObject({
    type: v.optional(v.literal('BPE')),
    vocab: v.pipe(v.record(v.string(), id), v.minEntries(1), v.maxEntries(MOST_TOKENS)),
    merges: v.pipe(v.array(v.union([v.string(), v.tuple([v.string(), v.string()])])), v.maxLength(MOST_TOKENS)),
  }),
  added_tokens: v.optional(v.array(v.looseObject({ id, content: v.pipe(v.string(), v.minLength(1)) })), []),
  normalizer: v.nullish(v.unknown()),
  pre_tokenizer: v.nullish(v.unknown()),
  decoder: v.nullish(v.unknown()),
});

/**
 * The largest token id of a parsed tokenizer.json. Throws an Error that says, without a full stop, which field is not as expected: the
 * vocabulary (byte-pair encoding with whole numbers as ids, none twice), steps that are too many or make a text more than 64 times
 * longer, patterns whose search could take for ever.
 */
export function checkTokenizer(json: unknown): number {
  const result = v.safeParse(schema, json);
  if (!result.success) {
    const [issue] = result.issues;
    throw new Error(`${(v.getDotPath(issue) ?? 'it').slice(0, 120)}: ${issue.message.slice(0, 200)}`);
  }
  const { model, added_tokens: added, normalizer, pre_tokenizer: splitter, decoder } = result.output;
  const ids = Object.values(model.vocab);
  if (new Set(ids).size < ids.length) throw new Error('model.vocab: two tokens have the same id');
  checkSteps('normalizer', normalizer);
  checkSteps('pre_tokenizer', splitter);
  checkSteps('decoder', decoder);
  return [...ids, ...added.map((token) => token.id)].reduce((most, each) => Math.max(most, each), 0);
}

function checkSteps(field: string, step: unknown): void {
  const steps = flatten(step);
  if (steps.length > MOST_STEPS) throw new Error(`${field}: it has ${steps.length} steps, expected at most ${MOST_STEPS}`);
  const growth = steps.reduce((product, each) => product * growthOf(each), 1);
  if (growth > MOST_GROWTH)
    throw new Error(`${field}: its steps make a text ${growth.toPrecision(3)} times longer, expected at most ${MOST_GROWTH}`);
  for (const each of steps) {
    const pattern = patternOf(each)?.regex ?? '';
    if (pattern.length > LONGEST_PATTERN)
      throw new Error(`${field}: a pattern has ${pattern.length} characters, expected at most ${LONGEST_PATTERN}`);
    if (repeatsRepetition(pattern))
      throw new Error(`${field}: the pattern ${JSON.stringify(pattern.slice(0, 80))} repeats a repetition, whose search may never end`);
  }
}

type Step = Readonly<Record<string, unknown>>;
const asStep = (value: unknown): Step | null => (typeof value === 'object' && value !== null ? (value as Step) : null);

/** A step, or the steps of a sequence, however deep; more than are allowed are not looked for. */
function flatten(step: unknown): Step[] {
  const found: Step[] = [];
  const open = [step];
  for (let next = open.pop(); next !== undefined && found.length + open.length <= 2 * MOST_STEPS; next = open.pop()) {
    const own = asStep(next);
    if (own === null) continue;
    const parts = Object.values(own).filter(Array.isArray) as unknown[][];
    const inner = parts.flat().filter((part) => asStep(part)?.['type'] !== undefined);
    if (inner.length > 0) open.push(...inner.slice(0, 2 * MOST_STEPS));
    else found.push(own);
  }
  return found;
}

/** How many times longer a step may make a text. */
function growthOf(step: Step): number {
  const texts = [step['content'], step['prepend']].filter((text) => typeof text === 'string');
  const longest = texts.find((text) => text.length > LONGEST_TEXT);
  if (longest !== undefined) return longest.length;
  if (typeof step['content'] !== 'string' || step['pattern'] === undefined) return 1;
  const pattern = patternOf(step);
  // A pattern may fit between any two characters; a text takes the place of as many characters as it has.
  const replaced = Math.max(1, pattern?.text?.length ?? 1);
  const inserted = pattern?.text ? 0 : 1;
  return Math.max(1, step['content'].length / replaced + inserted);
}

function patternOf(step: Step): { readonly text?: string; readonly regex?: string } | null {
  const pattern = asStep(step['pattern']);
  const [text, regex] = [pattern?.['String'], pattern?.['Regex']];
  return typeof text === 'string' ? { text } : typeof regex === 'string' ? { regex } : null;
}

/** Whether a group that repeats something without bound is itself repeated without bound, as in `(a+)+`: such searches double with every character. */
export function repeatsRepetition(pattern: string): boolean {
  const groups: boolean[] = [false];
  for (let at = 0; at < pattern.length;) {
    let inner = false;
    const rest = pattern.slice(at);
    if (pattern[at] === '(') {
      groups.push(false);
      at += 1;
      continue;
    }
    if (pattern[at] === ')') {
      inner = groups.length > 1 && (groups.pop() ?? false);
      at += 1;
    } else at += /^(?:\\[pP]\{[^}]*\}|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|[^])/.exec(rest)?.[0].length ?? 1;
    const repeat = /^(?:[*+]|\{\d*,\})/.exec(pattern.slice(at))?.[0] ?? '';
    if (inner && repeat !== '') return true;
    groups[groups.length - 1] ||= inner || repeat !== '';
    at += repeat.length;
  }
  return false;
}
