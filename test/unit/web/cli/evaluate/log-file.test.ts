// The log on the disk: read back, mended, refused; shards that do not belong together.
import { appendFileSync, cpSync, lstatSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../../../../src/evaluation/evaluate';
import type { Verdict } from '../../../../../src/evaluation/log';
import { joinShards } from '../../../../../web/cli/evaluate/join';
import { LogFile } from '../../../../../web/cli/evaluate/log-file';
import { writeOutputs } from '../../../../../web/cli/evaluate/write-outputs';
import { headerOf, LOADED, summarised, toyEvaluation, toyItems } from '../../../../fakes/evaluations';
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

  it('of format 1 is judged and joined, with what it does not tell left open', () => {
    const own = mkdtempSync(join(folder, 'old-'));
    const path = join(own, 'log.jsonl');
    const old = text
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { shared: _shared, options: _options, fields: _fields, ...value } = JSON.parse(line) as Record<string, unknown>;
        if (value['type'] === 'evaluation') return JSON.stringify({ ...value, format: 1 });
        if (value['type'] !== 'item') return line;
        const arms = Object.entries(value['arms'] as Record<string, Record<string, unknown>>).map(([arm, result]) => {
          const { cost: _cost, controls: _controls, ...rest } = result;
          return [arm, rest] as const;
        });
        return JSON.stringify({ ...value, arms: Object.fromEntries(arms) });
      });
    writeFileSync(path, `${old.join('\n')}\n`);
    const out = join(own, 'joined');
    const joined = joinShards(
      { command: 'merge', out, shards: [own], ...summarised(), judgeRate: null, judgeTimeoutMs: 1, saveRewardCsv: false },
      () => undefined,
    );
    const report = writeOutputs(out, joined, summarised(), false);
    expect(joined.item(0).item).toMatchObject({ fields: {}, options: null, arms: { direct: { cost: null, controls: [] } } });
    joined.close();
    expect(report).toMatchObject({ items: ITEMS, audits: [] });
    expect(report.answers[0].accuracy.asked).toBe(ITEMS);
    expect(report.costs.arms[0].spread.autoregressive).toBeNull();
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
  it('that are not complete are refused, and nothing is written', () => {
    const out = join(folder, 'incomplete');
    const request = { command: 'merge', out, ...summarised(), judgeRate: null, judgeTimeoutMs: 1, saveRewardCsv: false } as const;
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
