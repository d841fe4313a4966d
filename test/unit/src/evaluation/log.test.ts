// Lines of the log and what makes two logs parts of one evaluation; joining shards exactly once.
import { describe, expect, it } from 'vitest';
import { headerDifference, loadedDifference, readLine, writeLine } from '../../../../src/evaluation/log';
import { planMerge, type ShardLog } from '../../../../src/evaluation/merge';
import { faultOf } from '../../../faults';
import { headerOf, itemOf, LOADED, resultOf } from '../../../fakes/evaluations';

describe('a line', () => {
  const header = headerOf(2);

  it('comes back as it was written', () => {
    expect(readLine(writeLine(header), 1, 'log')).toEqual(header);
    expect(readLine(writeLine(LOADED), 2, 'log')).toEqual(LOADED);
  });

  it('of format 1 is completed: what it does not tell is left open', () => {
    const { shared: _, ...before } = headerOf(2, { format: 1 });
    expect(readLine(JSON.stringify(before), 1, 'log')).toEqual({ ...before, shared: true });
    const { options: _options, fields: _fields, ...item } = itemOf(0, { direct: resultOf('7') });
    const { cost: _cost, controls: _controls, ...result } = item.arms['direct'];
    expect(readLine(JSON.stringify({ ...item, arms: { direct: result } }), 2, 'log')).toEqual(itemOf(0, { direct: resultOf('7') }));
    // It is not gone on with: its items and new ones would tell different things.
    expect(headerDifference(headerOf(2, { format: 1 }), headerOf(2))).toBe("another version of the log's format (1 there, 2 here)");
  });

  it.each([
    ['{"type":"item"', 3, 'Line 3 of log cannot be read. It is not JSON'],
    ['{"type":"item","place":-1}', 3, 'It is no line of an evaluation: place'],
    ['{"type":"nothing"}', 3, 'It is no line of an evaluation: type'],
    ['null', 3, 'It is no line of an evaluation'],
    [writeLine(LOADED), 1, 'It is no header of an evaluation'],
    [writeLine(header), 2, 'It is a second header'],
    [writeLine(header).replace('"format":2', '"format":9'), 1, 'It has version 9 of the format, and this Noema reads versions 1 and 2'],
  ])('%s is refused in words', (line, number, words) => {
    const { code, message } = faultOf(() => readLine(line, number, 'log'));
    expect(code).toBe('BAD_INPUT');
    expect(message).toContain(words);
  });
});

describe('two headers', () => {
  const header = headerOf(4);

  it('are of one evaluation when all but the time is the same, in whatever order', () => {
    expect(headerDifference(header, { ...header, begun: '2026-01-01T00:00:00Z' })).toBeNull();
    const [first, ...rest] = header.arms;
    const turned = { ...first, settings: Object.fromEntries(Object.entries(first.settings).reverse()) };
    expect(headerDifference(header, { ...header, arms: [turned, ...rest] })).toBeNull();
  });

  it.each([
    [{ dataset: { ...header.dataset, sha256: 'cd'.repeat(32) } }, 'another dataset'],
    [{ range: { from: 0, to: 3 } }, 'another range of items'],
    [{ shard: { number: 2, of: 2 } }, 'another shard'],
    [{ arms: header.arms.slice(1) }, 'another arms or settings'],
    [{ baseline: 'dmlr' }, 'another baseline arm'],
    [{ model: { ...header.model, device: 'webgpu' } }, 'another model, dtype or device'],
    [{ times: true }, 'another choice of times'],
  ])('%o', (changes, words) => expect(headerDifference(header, { ...header, ...changes })).toContain(words));

  it('and two loads, by model and kind of device', () => {
    expect(loadedDifference(LOADED, { ...LOADED, device: { ...LOADED.device, description: 'another' } })).toBeNull();
    expect(loadedDifference(LOADED, { ...LOADED, device: { ...LOADED.device, kind: 'webgpu' } })).toContain('on webgpu');
    expect(loadedDifference(LOADED, { ...LOADED, model: { ...LOADED.model, dtype: 'q4' } })).toContain('q4');
  });
});

describe('shards', () => {
  const shard = (number: number, of: number, places: readonly number[], changes: Partial<ShardLog> = {}): ShardLog => ({
    name: `s${number}`,
    header: headerOf(10, { range: { from: 2, to: 8 }, shard: { number, of }, begun: `2026-01-0${number}T00:00:00Z` }),
    loaded: LOADED,
    places: new Set(places),
    ...changes,
  });

  it('are joined in the order of the dataset', () => {
    const plan = planMerge([shard(2, 2, [7, 5, 6]), shard(1, 2, [2, 3, 4])]);
    expect(plan.sources).toEqual([
      [2, 1],
      [3, 1],
      [4, 1],
      [5, 0],
      [6, 0],
      [7, 0],
    ]);
    expect(plan.header).toMatchObject({ shard: { number: 1, of: 1 }, range: { from: 2, to: 8 }, begun: '2026-01-01T00:00:00Z' });
    expect(plan.loaded).toEqual(LOADED);
  });

  const whole = [2, 3, 4, 5, 6, 7];
  it.each([
    ['nothing', [], 'No log was named'],
    ['a shard twice', [shard(1, 2, [2, 3, 4]), shard(1, 2, [2, 3, 4])], 'Item 3 is in s1 and in s1'],
    ['a missing shard', [shard(1, 2, [2, 3, 4])], '3 of 6 items are in no log (item 6, 7, 8). No log of shard 2 of 2 was named'],
    ['an unfinished shard', [shard(1, 2, [2, 3, 4]), shard(2, 2, [5, 7])], '1 of 6 items are in no log (item 7).'],
    ['another number of shards', [shard(1, 2, [2, 3, 4]), shard(2, 3, [4, 5])], 'another number of shards (2 there, 3 here)'],
    [
      'another dataset',
      [
        shard(1, 2, [2, 3, 4]),
        shard(2, 2, [5, 6, 7], { header: { ...shard(2, 2, []).header, dataset: { name: 'x', sha256: 'ef', entries: 10 } } }),
      ],
      's2 is not of the same evaluation as s1: it has another dataset',
    ],
    [
      'another model',
      [shard(1, 2, [2, 3, 4]), shard(2, 2, [5, 6, 7], { loaded: { ...LOADED, model: { ...LOADED.model, dtype: 'q4' } } })],
      'another model or device',
    ],
  ] as const)('%s is refused in words', (_, shards, words) => {
    const { code, message } = faultOf(() => planMerge(shards));
    expect(code).toBe('BAD_INPUT');
    expect(message).toContain(words);
  });

  it('may be one: a log in the order of the dataset', () => {
    expect(planMerge([shard(1, 1, [...whole].reverse())]).sources.map(([place]) => place)).toEqual(whole);
  });
});
