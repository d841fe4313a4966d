// The log of an output folder: begun, gone on with, refused when it is of another evaluation.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { headerDifference } from '../../../../../src/evaluation/log';
import { UsageError } from '../../../../../web/cli/command';
import { headerOf as headerFrom, makeFolder, openLog, rangeOf } from '../../../../../web/cli/evaluate/open-log';
import { parseEvaluate, type RunOptions } from '../../../../../web/cli/evaluate/options';
import { headerOf } from '../../../../fakes/evaluations';

const folder = mkdtempSync(join(tmpdir(), 'noema-open-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function optionsOf(...args: readonly string[]): RunOptions {
  const options = parseEvaluate(['--dataset', 'd.json', '--out', folder, ...args]);
  if (options === 'help' || options.command !== 'run') throw new Error('no run');
  return options;
}

it('goes on with the same evaluation, and with no other once it has an item', () => {
  const said: string[] = [];
  const open = (changes = {}, ...args: readonly string[]) =>
    openLog(optionsOf(...args), headerOf(4, changes), (line) => void said.push(line));
  open({}, '--resume').close();
  expect(said).toEqual([expect.stringContaining('there is nothing in')]);
  // Nothing is lost yet: it begins again with other options.
  open({ model: { source: 'a', dtype: 'auto', device: 'wasm' } }).close();
  const log = open();
  expect(log.header).toEqual(headerOf(4));
  log.append({ type: 'problem', place: 0, idx: 0, kind: 'dataset', message: 'x' });
  log.close();

  const again = open();
  expect([...again.done]).toEqual([0]);
  again.close();
  expect(said.at(-1)).toContain('Going on: 1 item is in');
  expect(() => open({ baseline: 'dmlr' })).toThrow(UsageError);
  expect(() => open({ baseline: 'dmlr' })).toThrow('it has another baseline arm ("direct" there, "dmlr" here)');
});

it('knows whether arms shared what they read: their rows and times tell different things', () => {
  const file = { name: 'd.json', text: '', sha256: 'ab', pictures: { kind: 'folder', path: '.' } } as const;
  const of = (...args: readonly string[]) => headerFrom(optionsOf(...args), file, 4, { from: 0, to: 4 });
  expect([of().shared, of('--read-anew').shared]).toEqual([true, false]);
  expect(headerDifference(of('--leave-out-times'), of('--read-anew', '--leave-out-times'))).toContain('another choice of what arms share');
});

it('is of a range that the dataset has', () => {
  expect(rangeOf(optionsOf(), 10)).toEqual({ from: 0, to: 10 });
  expect(rangeOf(optionsOf('--start-data-idx', '3', '--end-data-idx', '99'), 10)).toEqual({ from: 3, to: 10 });
  expect(() => rangeOf(optionsOf('--start-data-idx', '10'), 10)).toThrow('the dataset has 10 items');
});

it('needs a folder that can be made', () => {
  makeFolder(join(folder, 'a/b'));
  expect(() => makeFolder(join(folder, 'log.jsonl/b'))).toThrow('cannot be made');
});
