// `npm run evaluate` as a person types it: refusals before anything starts; a run that is killed, gone on with, and judged again.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from '@playwright/test';
import { parseRecord } from '../../src/events/read-record';
import { METHODS } from '../../src/methods/registry';
import { ROOT, start, type Command } from './command';

const evaluate = (args: readonly string[]): Command => start(process.execPath, ['--import', 'tsx', 'web/cli/evaluate.ts', ...args]);

/** A dataset of the sample pictures beside it: `count` items, the last one with a picture that is not there. */
function dataset(path: string, count: number): void {
  mkdirSync(dirname(path), { recursive: true });
  copyFileSync(join(ROOT, 'public/samples/standard-1.png'), join(dirname(path), 'a.png'));
  const items = Array.from({ length: count }, (_, idx) => ({
    idx,
    prompt: `How many crosses and squares are there in total, asked ${idx}?`,
    solution: '4',
    image_path: idx === count - 1 ? 'gone.png' : 'a.png',
    family: 'sum',
  }));
  writeFileSync(path, JSON.stringify(items));
}

test('refuses in one sentence what cannot be followed, and writes nothing', async () => {
  const info = test.info();
  const list = info.outputPath('data', 'list.json');
  dataset(list, 2);
  const broken = info.outputPath('broken.json');
  writeFileSync(broken, '[{"idx": 1,');
  const out = info.outputPath('out');
  for (const [args, words] of [
    [['--dataset', broken], 'broken.json is not JSON'],
    [['--dataset', list, '--start-data-idx', '9'], 'the dataset has 2 items'],
    [['--verify-only'], 'cannot be'],
  ] as const) {
    const { status, out: printed, err } = await evaluate([...args, '--out', out]).ended;
    expect({ status, printed }, err).toEqual({ status: 2, printed: '' });
    expect(err).toContain(words);
    expect(err.trimEnd()).not.toContain('\n');
    expect(existsSync(join(out, 'log.jsonl'))).toBe(false);
  }
});

test('goes on after its browser was lost, after it was killed, and can be judged again without a model', async () => {
  const info = test.info();
  test.setTimeout(600_000);
  const list = info.outputPath('data', 'list.json');
  dataset(list, 7);
  const out = info.outputPath('out');
  const log = join(out, 'log.jsonl');
  const args = ['--dataset', list, '--out', out, '--device', 'wasm', '--method', 'direct', '--set', 'dependence=off', '--keep-runs'];
  const items = (): number =>
    existsSync(log)
      ? readFileSync(log, 'utf8')
          .split('\n')
          .filter((line) => line.startsWith('{"type":"item"')).length
      : 0;

  const killed = evaluate(args);
  const until = (count: number) => expect.poll(items, { timeout: 300_000, intervals: [20] }).toBeGreaterThanOrEqual(count);
  await until(1);
  const browsers = killed.alive('--remote-debugging-pipe');
  expect(browsers.length).toBeGreaterThan(0);
  for (const browser of browsers) process.kill(browser, 'SIGKILL');
  const before = items();
  await until(before + 1);
  killed.child.kill('SIGKILL');
  expect((await killed.ended).status).toBe(137);

  const { status, out: printed, err } = await evaluate([...args, '--resume']).ended;
  // The last item has no picture.
  expect(status, err).toBe(1);
  expect(err).toContain('Item 7 (idx 6): There is no picture "gone.png" in the folder');
  expect(err).toContain('1 item has no result.');
  expect(printed).toMatch(/^direct +\d +6 /m);
  expect(items()).toBe(6);
  const { entries } = JSON.parse(readFileSync(join(out, 'arms/direct/results.json'), 'utf8')) as {
    readonly entries: readonly { readonly data_idx: number }[];
  };
  expect(entries.map(({ data_idx }) => data_idx)).toEqual([0, 1, 2, 3, 4, 5]);
  const { events, cutOff } = parseRecord(readFileSync(join(out, 'arms/direct/runs/000001.jsonl'), 'utf8'), METHODS);
  expect(cutOff).toBe(false);
  expect(events[0]).toMatchObject({ type: 'started', method: 'direct' });

  const other = await evaluate([...args, '--seed', '5']).ended;
  expect(other.status).toBe(2);
  expect(other.err).toContain('is of another evaluation: it has another arms or settings');

  const verified = await evaluate(['--verify_only', '--out', out, '--judge', 'lenient']).ended;
  expect(verified.out).toContain('Judged by lenient rules');
  expect(verified.status).toBe(1);
});
