// What is wrong with a value is said in words: no pattern, no name of a type of the code.
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { issueInWords } from '../../../../src/text/schema-words';

const said = (schema: v.GenericSchema, value: unknown): string => {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) throw new Error('it was accepted');
  return issueInWords(result.issues[0]);
};
const list = v.object({ a: v.array(v.object({ b: v.number() })) });

describe('an issue in words', () => {
  test.each([
    [list, {}, 'a is missing'],
    [list, null, 'it is null where an object was expected'],
    [list, { a: 4 }, 'a is 4 where a list was expected'],
    [list, { a: [{ b: 1 }, {}] }, 'a.1.b is missing'],
    [list, { a: [{ b: 'two' }] }, 'a.0.b is the text "two" where a number was expected'],
    [v.picklist(['x', 'y']), 'z', 'it is the text "z" where one of "x", "y" was expected'],
    [v.literal('x'), ['x'], 'it is a list where "x" was expected'],
    [v.union([v.number(), v.string()]), true, 'it is true where one of a number, text was expected'],
    [
      v.variant('t', [v.object({ t: v.literal('p') }), v.object({ t: v.literal('q') })]),
      { t: 'r' },
      't is the text "r" where one of "p", "q" was expected',
    ],
    [v.pipe(v.string(), v.maxLength(2)), 'abc', 'it has 3 characters; at most 2 are possible'],
    [v.pipe(v.array(v.number()), v.minLength(1)), [], 'it has 0 entries; at least 1 are needed'],
    [v.pipe(v.number(), v.maxValue(2)), 3, 'it is 3; at most 2 is possible'],
    [v.pipe(v.number(), v.integer()), 1.5, 'it is 1.5 where a whole number was expected'],
    [v.pipe(v.string(), v.regex(/^a+$/, 'is not made of a')), 'b', 'it is not made of a'],
    [v.pipe(v.string(), v.regex(/^a+$/)), 'b', 'it is the text "b", which is not possible here'],
    [v.pipe(v.string(), v.url()), 'b', 'it is the text "b", which is not possible here'],
  ] as const)('%#', (schema, value, words) => {
    expect(said(schema, value)).toBe(words);
  });

  test('quotes no more than a line of what it finds', () => {
    expect(said(v.number(), 'x'.repeat(1e6)).length).toBeLessThan(150);
    expect(said(v.record(v.string(), v.number()), { ['k'.repeat(1e6)]: 'x' }).length).toBeLessThan(200);
  });
});
