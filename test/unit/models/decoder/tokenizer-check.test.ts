// Tokenizers that are damaged or made to take for ever: each is refused by the name of its file, before it reads a word.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { repeatsRepetition } from '../../../../models/decoder/tokenizer-check';
import { Tokenizer } from '../../../../models/decoder/tokenizer';
import { faultOf } from '../../../faults';

type Json = Record<string, unknown>;
const folder = new URL('../../../../public/models/noema-tiny/', import.meta.url);
const json = (name: string): Json => JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as Json;
const whole = json('tokenizer.json') as Json & { model: Json & { vocab: Record<string, number> } };
const config = json('tokenizer_config.json');

const refusal = (changes: Json, ofConfig: unknown = config): string => {
  const told = faultOf(() => new Tokenizer({ tokenizer: { ...whole, ...changes }, config: ofConfig }));
  expect(told).toMatchObject({ code: 'BAD_MODEL', action: expect.stringContaining('another model') as string });
  expect(told.message).toMatch(/^tokenizer(_config)?\.json.* is not as expected: .+\.$/);
  return told.message;
};
const model = (changes: Json): Json => ({ model: { ...whole.model, ...changes } });
const replace = (pattern: Json, content: string): Json => ({ type: 'Replace', pattern, content });
const sequence = (normalizers: readonly unknown[]): Json => ({ normalizer: { type: 'Sequence', normalizers } });

describe('a tokenizer', () => {
  it('tells its largest id, special tokens counted', () => {
    const ids = (whole['added_tokens'] as { id: number }[]).map(({ id }) => id);
    expect(new Tokenizer({ tokenizer: whole, config }).largestId).toBe(Math.max(...ids, ...Object.values(whole.model.vocab)));
  });

  it.each<[string, Json, string]>([
    ['no vocabulary', model({ vocab: {} }), 'model.vocab'],
    [
      'ids that are text',
      model({ vocab: Object.fromEntries(Object.entries(whole.model.vocab).map(([token, id]) => [token, `${id}`])) }),
      'model.vocab',
    ],
    ['an id of 2^53', model({ vocab: { ...whole.model.vocab, xyz: 2 ** 53 } }), 'model.vocab.xyz'],
    ['two tokens of one id', model({ vocab: { ...whole.model.vocab, xyz: 7 } }), 'two tokens have the same id'],
    [
      'a figure missing',
      model({ vocab: Object.fromEntries(Object.entries(whole.model.vocab).filter(([token]) => token !== '7')) }),
      'becomes',
    ],
    ['no merges', model({ merges: 7 }), 'model.merges'],
    ['another kind', model({ type: 'Unigram' }), 'model.type'],
    ['a token without text', { added_tokens: [{ id: 3, content: '' }] }, 'added_tokens.0.content'],
  ])('with %s is refused', (_, changes, says) => {
    expect(refusal(changes)).toContain(says);
  });

  it('whose configuration is no object is refused by that name', () => {
    for (const other of [[], null, 'text']) expect(refusal({}, other)).toMatch(/^tokenizer_config\.json/);
  });

  it('with steps that make a text longer and longer is refused, however they are written', () => {
    const double = replace({ String: 'a' }, 'aa');
    expect(refusal(sequence(Array.from({ length: 60 }, () => double)))).toContain('60 steps, expected at most 32');
    expect(refusal(sequence(Array.from({ length: 20 }, () => double)))).toContain('times longer');
    expect(refusal(sequence([sequence([double, double, double])['normalizer'], ...Array.from({ length: 7 }, () => double)]))).toContain(
      'times longer',
    );
    expect(refusal(sequence(Array.from({ length: 7 }, () => replace({ Regex: '' }, 'x'))))).toContain('times longer');
    expect(refusal(sequence([replace({ String: 'a' }, 'a'.repeat(1e6))]))).toContain('times longer');
  });

  it('with a pattern that repeats a repetition is refused', () => {
    const split = { pre_tokenizer: { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Isolated', invert: false } };
    expect(refusal(split)).toContain('repeats a repetition');
  });
});

describe('a repetition that is repeated', () => {
  it.each(['(a+)+', '(?:x|y*)*', '((a{2,}b))+', '(?:(?:a*)b)+c', '([)]+)*'])('is found in %s', (pattern) => {
    expect(repeatsRepetition(pattern)).toBe(true);
  });

  it.each(['a+', '(a)+', '(a+)?', '[(a+)+]', '\\(a+\\)+', '(?:a{1,3})+', '\\p{L}+(?!\\S)', '[^\\]+)]+x*'])(
    'is not found in %s',
    (pattern) => {
      expect(repeatsRepetition(pattern)).toBe(false);
    },
  );

  it('is not found in what released tokenizers split text with', () => {
    const splitter = whole['pre_tokenizer'] as { pretokenizers: { pattern?: { Regex: string } }[] };
    const patterns = splitter.pretokenizers.flatMap(({ pattern }) => pattern?.Regex ?? []);
    expect(patterns).toHaveLength(1);
    expect(patterns.some(repeatsRepetition)).toBe(false);
  });
});
