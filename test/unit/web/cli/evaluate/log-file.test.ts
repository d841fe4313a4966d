// The log on the disk: cut off anywhere it goes on as if nothing had happened; shards joined are the same to the byte as one log.
import { appendFileSync, cpSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shardRange } from '../../../../../src/evaluation/dataset';
import { evaluate } from '../../../../../src/evaluation/evaluate';
import type { Verdict } from '../../../../../src/evaluation/log';
import { createRandom } from '../../../../../src/math/random';
import { joinShards } from '../../../../../web/cli/evaluate/join';
import { LogFile } from '../../../../../web/cli/evaluate/log-file';
import { writeOutputs } from '../../../../../web/cli/evaluate/write-outputs';
import { headerOf, LOADED, toyEvaluation, toyItems } from '../../../../fakes/evaluations';
import { faultOf } from '../../../../faults';

const ITEMS = 6;
const folder = mkdtempSync(join(tmpdir(), 'noema-evaluation-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const entries = toyItems(ITEMS);
const header = headerOf(ITEMS);
let made = 0;
const newPath = (): string => join(folder, `log-${made++}.jsonl`);

/** Evaluates what a log has not. */
async function goOn(log: LogFile, mine = entries): Promise<void> {
  const { done } = log;
  log.noteLoaded(LOADED);
  const { evaluation } = toyEvaluation({ append: (line) => log.append(line) });
  await evaluate(
    mine.filter(({ place }) => !done.has(place)),
    evaluation,
  );
  log.close();
}

let whole: string;
let text: string;
beforeAll(async () => {
  whole = newPath();
  await goOn(LogFile.create(whole, header));
  text = readFileSync(whole, 'utf8');
});

describe('a log', () => {
  it('is read back item by item, in the order of the dataset', () => {
    const log = LogFile.open(whole, true);
    expect(log.header).toEqual(header);
    expect(log.loaded).toEqual(LOADED);
    expect([...log.items()].map(({ item }) => item.place)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(log.done.size).toBe(ITEMS);
    log.close();
  });

  it('cut off at 20 random bytes goes on to be the same to the byte', async () => {
    const random = createRandom(3);
    const [first] = text.split('\n');
    for (let cut = 0; cut < 20; cut++) {
      const path = newPath();
      cpSync(whole, path);
      // What was cut off before the header was whole was never begun.
      truncateSync(path, first.length + 1 + Math.floor(random.uniform() * (Buffer.byteLength(text) - first.length)));
      await goOn(LogFile.open(path));
      expect(readFileSync(path, 'utf8') === text, `cut ${cut}`).toBe(true);
    }
  });

  it('drops a last line without its end, even when it could be read', () => {
    const path = newPath();
    writeFileSync(path, text.trimEnd());
    const log = LogFile.open(path);
    expect([...log.done]).toEqual([0, 1, 2, 3, 4]);
    log.close();
    expect(readFileSync(path, 'utf8').endsWith('\n')).toBe(true);
  });

  it('tries again what may be mended, and takes the result for the problem', async () => {
    const path = newPath();
    const lines = text.trimEnd().split('\n');
    const problem = (place: number, kind: string): string => JSON.stringify({ type: 'problem', place, idx: place, kind, message: 'x' });
    writeFileSync(path, `${[...lines.slice(0, 6), problem(4, 'picture'), problem(5, 'dataset')].join('\n')}\n`);
    const log = LogFile.open(path);
    expect([...log.done].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 5]);
    expect(log.problems.map(({ place }) => place)).toEqual([4, 5]);
    const before = readFileSync(path, 'utf8');
    log.append({ type: 'problem', place: 4, idx: 4, kind: 'picture', message: 'x' });
    expect(readFileSync(path, 'utf8')).toBe(before);
    await goOn(log);
    const again = LogFile.open(path, true);
    expect(again.problems.map(({ place }) => place)).toEqual([5]);
    expect(again.answered).toBe(5);
    again.close();
  });

  it('refuses what cannot be, with the line', () => {
    for (const [change, words] of [
      [`${text.split('\n')[2]}\n`, `Line ${ITEMS + 3} of`],
      ['{"type":\n', `Line ${ITEMS + 3} of`],
    ]) {
      const path = newPath();
      writeFileSync(path, text);
      appendFileSync(path, change);
      expect(faultOf(() => LogFile.open(path)).message).toContain(words);
    }
    const empty = newPath();
    writeFileSync(empty, text.slice(0, 20));
    expect(faultOf(() => LogFile.open(empty)).message).toContain('has no header');
  });

  it('keeps to one model', () => {
    const log = LogFile.open(whole);
    log.noteLoaded(LOADED);
    const other = { ...LOADED, model: { ...LOADED.model, dtype: 'q4' } };
    expect(faultOf(() => log.noteLoaded(other)).message).toContain('was begun with another model');
    log.close();
    expect(readFileSync(whole, 'utf8')).toBe(text);
  });

  it('keeps verdicts beside items', () => {
    const path = newPath();
    cpSync(whole, path);
    const verdict: Verdict = { type: 'verdict', place: 1, arm: 'direct', judge: 'm', equivalent: true };
    const log = LogFile.open(path);
    log.append(verdict);
    expect(log.item(1).verdicts.get('direct')).toEqual(verdict);
    log.close();
    const again = LogFile.open(path, true);
    expect(again.verdicts(1)).toEqual([verdict]);
    expect(again.item(0).verdicts.size).toBe(0);
    again.close();
  });
});

describe('shards', () => {
  it('joined are one evaluation to the byte, outputs included', async () => {
    const folders: string[] = [];
    for (const number of [2, 1, 3]) {
      const shard = { number, of: 3 };
      const own = mkdtempSync(join(folder, 'shard-'));
      const { from, to } = shardRange({ from: 0, to: ITEMS }, shard);
      await goOn(LogFile.create(join(own, 'log.jsonl'), { ...header, shard }), entries.slice(from, to));
      folders.push(own);
    }
    const out = join(folder, 'joined');
    const joined = joinShards(
      { command: 'merge', out, shards: folders, judge: 'strict', judgeRate: null, judgeTimeoutMs: 1, saveRewardCsv: true },
      () => undefined,
    );
    writeOutputs(out, joined, 'strict', true);
    joined.close();
    const one = LogFile.open(whole, true);
    writeOutputs(join(folder, 'one'), one, 'strict', true);
    one.close();
    expect(readFileSync(join(out, 'log.jsonl'), 'utf8')).toBe(text);
    const made = [
      'report.json',
      'report.txt',
      ...['results.json', 'inspect.json', 'samples.jsonl', 'reward_logs/reward_steps_000012.csv'].map((name) => `arms/dmlr/${name}`),
    ];
    for (const name of made) expect(readFileSync(join(out, name), 'utf8'), name).toBe(readFileSync(join(folder, 'one', name), 'utf8'));
  });

  it('that are not complete are refused, and nothing is written', () => {
    const out = join(folder, 'incomplete');
    const request = { command: 'merge', out, judge: 'strict', judgeRate: null, judgeTimeoutMs: 1, saveRewardCsv: false } as const;
    const part = mkdtempSync(join(folder, 'part-'));
    writeFileSync(join(part, 'log.jsonl'), text.split('\n').slice(0, 4).join('\n') + '\n');
    expect(faultOf(() => joinShards({ ...request, shards: [part] }, () => undefined)).message).toContain('4 of 6 items are in no log');
    expect(() => joinShards({ ...request, shards: [join(folder, 'nothing')] }, () => undefined)).toThrow(/There is no log/);
    expect(() => readFileSync(join(out, 'log.jsonl'))).toThrow(/ENOENT/);
  });
});

it('a full disk leaves whole lines', () => {
  const log = LogFile.create(newPath(), header);
  log.close();
  // A closed file refuses as a full disk does; the log knows of nothing that it has not written.
  expect(() => log.append({ type: 'problem', place: 0, idx: 0, kind: 'run', message: 'x' })).toThrow(/EBADF/);
  expect(log.places.size).toBe(0);
});

it('is begun through no link, planted under its own name or under one that could be foreseen', () => {
  const path = newPath();
  const victim = join(folder, 'victim');
  writeFileSync(victim, 'kept');
  for (const name of [path, `${path}.new`, `${path}.partial`, `${path}.${process.pid}.partial`]) symlinkSync(victim, name);
  LogFile.create(path, header).close();
  expect(readFileSync(victim, 'utf8')).toBe('kept');
  expect(lstatSync(path).isSymbolicLink()).toBe(false);
});
