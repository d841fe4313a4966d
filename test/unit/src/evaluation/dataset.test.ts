// Reading a dataset: what is wrong with the whole is refused, what is wrong with one item names it and stops no other.
import { describe, expect, it } from 'vitest';
import { isBad, parseDataset, shardRange } from '../../../../src/evaluation/dataset';
import { findDuplicateKeys } from '../../../../src/evaluation/duplicate-keys';
import { faultOf } from '../../../faults';

const good = (idx: number, more: object = {}): object => ({ idx, prompt: 'How many?', solution: '4', image_path: `${idx}.png`, ...more });
const parse = (value: unknown) => parseDataset(JSON.stringify(value), 'data.json').entries;
const problems = (value: unknown): string[] => parse(value).flatMap((entry) => (isBad(entry) ? [entry.problem] : []));

describe('a dataset', () => {
  it('is read with the fields that are ours, and keeps the rest out', () => {
    const [first, second] = parse([
      good(7, { family: 'count', split: 'hard', options: ['A', 'B'], scene: { objects: [] }, solution: ' 4 ' }),
      good(3, { prompt: 'two\r\nlines', options: null }),
    ]);
    expect(first).toEqual({
      place: 0,
      idx: 7,
      prompt: 'How many?',
      solution: '4',
      imagePath: '7.png',
      family: 'count',
      split: 'hard',
      options: ['A', 'B'],
      fields: {},
      focus: null,
    });
    expect(second).toMatchObject({ place: 1, idx: 3, prompt: 'two\nlines', family: null, split: null, options: null });
  });

  it('keeps other short fields as text, and options under either name as a whole or not at all', () => {
    const [item] = parse([
      good(1, {
        domain: ' science ',
        grade: 5,
        easy: false,
        rationale: 'x'.repeat(201),
        empty: ' ',
        steps: ['a'],
        'two words': 'x',
        __proto__x: 'x',
        choices: ['Red ', 'e\u0301'],
      }),
    ]);
    expect(item).toMatchObject({ fields: { domain: 'science', grade: '5', easy: 'false' }, options: ['Red', 'é'] });
    expect(isBad(item) ? [] : Object.keys(item.fields)).toEqual(['domain', 'grade', 'easy']);
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, number) => [`f${number}`, 'x']));
    const [crowded] = parse([good(1, many)]);
    expect(isBad(crowded) ? 0 : Object.keys(crowded.fields).length).toBe(32);
    // Letters of the others would shift.
    for (const options of [['A', 5], [], Array.from({ length: 27 }, String), 'A, B']) {
      expect(parse([good(1, { options })])[0]).toMatchObject({ options: null });
    }
  });

  it('knows where the picture shows what a question is about, and takes nothing else for that', () => {
    const objects = [{ box: [1, 2, 4, 8] }, { box: [10, 10, 20, 30] }];
    const about = (more: object) => {
      const [entry] = parse([good(1, more)]);
      return isBad(entry) ? entry : entry.focus;
    };
    expect(about({ focus: [1, 7], objects })).toEqual([{ x: 10, y: 10, width: 10, height: 20 }]);
    for (const other of [
      { focus: [], objects },
      { focus: [0] },
      { focus: 'the star', objects },
      { focus: [0], objects: [{ box: [1, 2] }] },
    ]) {
      expect(about(other)).toBeNull();
    }
  });

  it.each([
    ['{"a": 1}', 'an object and not a list'],
    ['7', 'a number and not a list'],
    ['null', 'null and not a list'],
    ['[]', 'is an empty list'],
    ['[{"idx": 1,', 'is not JSON'],
    ['{"idx": 1}\n{"idx": 2}\n', 'is not JSON'],
    ['', 'is not JSON'],
    ['[1, 2]', 'None of the 2 items of data.json can be asked. Item 1 is not an object'],
  ])('%s is refused in words', (text, words) => {
    const { code, message, action } = faultOf(() => parseDataset(text, 'data.json'));
    expect(code).toBe('BAD_INPUT');
    expect(message).toContain(words);
    expect(action).toContain('"image_path"');
  });

  it('in lines is told from other text that is not JSON', () => {
    expect(faultOf(() => parseDataset('{"idx": 1}\n{"idx": 2}\n', 'x')).action).toContain('JSON Lines');
    expect(faultOf(() => parseDataset('PK', 'x')).action).not.toContain('JSON Lines');
  });

  it('names each item that cannot be asked, and keeps the others', () => {
    const { prompt: _, ...noPrompt } = good(2) as { prompt: string };
    const list = [
      good(1),
      noPrompt,
      good(3, { solution: '  ' }),
      good(4, { image_path: 5 }),
      { prompt: 'x', solution: 'y', image_path: 'z' },
      good(-1),
      good(1, { prompt: 'again' }),
      'text',
      good(8, { prompt: 'x'.repeat(10_001) }),
      good(9),
    ];
    expect(problems(list)).toEqual([
      'Item 2 (idx 2) has no "prompt".',
      'Item 3 (idx 3) has an empty "solution".',
      'Item 4 (idx 4) has a "image_path" that is not text.',
      'Item 5 has no "idx".',
      'Item 6 has an "idx" that is not a whole number from 0 to 999999999.',
      'Item 7 has idx 1, which item 1 has already.',
      'Item 8 is not an object.',
      'Item 9 (idx 8) has a "prompt" that cannot be asked: The question has 10001 characters; at most 10000 can be asked.',
    ]);
    expect(parse(list).flatMap((entry) => (isBad(entry) ? [] : [entry.idx]))).toEqual([1, 9]);
  });

  it('sees a name given twice in one item, which JSON.parse does not', () => {
    const text = `[${JSON.stringify(good(1))}, {"idx": 2, "prompt": "a", "solution": "b", "image_path": "c", "prompt" : "d"}]`;
    expect(parseDataset(text, 'x').entries[1]).toEqual({ place: 1, idx: 2, problem: 'Item 2 (idx 2) gives "prompt" twice.' });
  });

  it('of 100,000 items is read', () => {
    const entries = parse(Array.from({ length: 100_000 }, (_, idx) => good(idx, { family: 'count' })));
    expect(entries).toHaveLength(100_000);
    expect(entries[99_999]).toMatchObject({ place: 99_999, idx: 99_999 });
  });
});

it('names given twice are found by place, at the depth of the items alone', () => {
  const text = '[{"a": 1, "b": {"c": 1, "c": 2}, "d": ["a", "a"]}, {"a": ",{}[]\\"", "\\u0061": 2, "b": 1, "b": 2}, {}]';
  expect(findDuplicateKeys(text)).toEqual(new Map([[1, ['a', 'b']]]));
});

it('shards are blocks that cover the range exactly once', () => {
  for (const [from, to, of] of [
    [0, 10, 3],
    [5, 6, 4],
    [0, 0, 2],
    [7, 107, 7],
  ]) {
    const shards = Array.from({ length: of }, (_, index) => shardRange({ from, to }, { number: index + 1, of }));
    expect(shards.flatMap((shard) => Array.from({ length: shard.to - shard.from }, (_, place) => shard.from + place))).toEqual(
      Array.from({ length: to - from }, (_, place) => from + place),
    );
    const sizes = shards.map((shard) => shard.to - shard.from);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
  }
});
