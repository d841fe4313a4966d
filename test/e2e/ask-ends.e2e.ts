// However `npm run ask` ends, its events are on the disk, its exit status says how, and no process is left.
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { parseRecord } from '../../src/events/read-record';
import { METHODS } from '../../src/methods/registry';
import { startHub } from '../hub/hub';
import { ask, REQUEST, ROOT, start, type Command } from './command';

/** A run that is still thinking when it is stopped. */
const LONG = [...REQUEST, '--set', 'steps=500'];
/** The shortest run that answers. */
const SHORT = [...REQUEST, '--method', 'direct', '--set', 'dependence=off'];
const FIRST_STEPS = /^step +1 /m;

test.describe.configure({ timeout: 600_000 });
test.skip(process.platform !== 'linux', 'processes are looked up in /proc');

const recordOf = (file: string) => parseRecord(readFileSync(file, 'utf8'), METHODS);
const stepsIn = (file: string): number => recordOf(file).events.filter(({ type }) => type === 'step').length;

/** Nothing is left of a command: no process of its own, of its browser, or of npm. */
async function expectGone({ alive }: Command): Promise<void> {
  await expect.poll(() => alive(), { timeout: 60_000 }).toEqual([]);
}

test('Ctrl-C in a terminal reaches everybody, npm passes it on, and the events are kept', async () => {
  const file = test.info().outputPath('run.jsonl');
  const command = start('npm', ['run', '--silent', 'ask', '--', ...LONG, '--out', file]);
  await command.says(FIRST_STEPS);
  process.kill(-command.pid, 'SIGINT');
  expect(await command.ended).toMatchObject({ status: 130 });
  expect(recordOf(file).events.at(-1)).toMatchObject({ type: 'cancelled' });
  expect(stepsIn(file)).toBeGreaterThan(0);
  await expectGone(command);
});

test('an npm that is ended alone takes the run along, which keeps its events', async () => {
  const file = test.info().outputPath('run.jsonl');
  const command = start('npm', ['run', '--silent', 'ask', '--', ...LONG, '--out', file]);
  await command.says(FIRST_STEPS);
  process.kill(command.pid, 'SIGTERM');
  await expectGone(command);
  expect(recordOf(file).events.at(-1)).toMatchObject({ type: 'cancelled' });
  expect(stepsIn(file)).toBeGreaterThan(0);
});

test('an npm that is ended alone takes the server of `npm start` along', async () => {
  const command = start('npm', ['start']);
  await command.says(/Noema is at/);
  process.kill(command.pid, 'SIGTERM');
  await expectGone(command);
});

test('a browser that is killed ends the run with a sentence, and its events are kept', async () => {
  const file = test.info().outputPath('run.jsonl');
  const command = ask([...LONG, '--out', file]);
  await command.says(FIRST_STEPS);
  // The one that has started the others.
  for (const pid of command.alive('--remote-debugging-pipe')) process.kill(pid, 'SIGKILL');
  const { status, err } = await command.ended;
  expect(status).toBe(1);
  expect(err).toContain('The browser that ran the model has gone. Run again;');
  expect(recordOf(file).events.at(-1)).toMatchObject({ type: 'failed', error: { code: 'INTERNAL' } });
  expect(stepsIn(file)).toBeGreaterThan(0);
  await expectGone(command);
});

test('a run that is killed has its events beside its file, and its browser ends', async () => {
  const folder = test.info().outputPath('run');
  mkdirSync(folder);
  const command = ask([...LONG, '--out', join(folder, 'run.jsonl')]);
  await command.says(FIRST_STEPS);
  process.kill(command.pid, 'SIGKILL');
  await expectGone(command);
  const [partial, ...others] = readdirSync(folder);
  expect(others).toEqual([]);
  expect(partial).toMatch(/^run\.[0-9a-f]+\.partial\.jsonl$/);
  expect(recordOf(join(folder, partial)).cutOff).toBe(true);
  expect(stepsIn(join(folder, partial))).toBeGreaterThan(0);
});

test('a reader that has read enough ends a run without a file, and not one that has one', async () => {
  const file = test.info().outputPath('run.jsonl');
  const kept = ask([...SHORT, '--out', file]);
  const alone = ask(LONG);
  for (const { child } of [kept, alone]) child.stdout?.once('data', () => child.stdout?.destroy());
  const [withFile, without] = await Promise.all([kept.ended, alone.ended]);
  expect(withFile.status, withFile.err).toBe(0);
  expect(withFile.err).toContain(`Nothing can be printed any more (its reader has gone): the run goes on, its events go to "${file}".`);
  expect(recordOf(file).events.at(-1)?.type).toBe('finished');
  expect(without.status, without.err).toBe(130);
  expect(without.err).toContain('Nothing can be printed any more (its reader has gone): stopping.');
  await expectGone(alone);
});

test('events that their place does not take are kept elsewhere', async () => {
  const { status, err } = await ask([...SHORT, '--out', '/dev/full']).ended;
  expect(status).toBe(1);
  const [, kept = ''] = /could not be written to "\/dev\/full" \(no space left on device\): they are in (\S+)\.\n/.exec(err) ?? [];
  expect(recordOf(kept).events.at(-1)?.type).toBe('finished');
  rmSync(kept);
});

test('a browser that does not start is one sentence', async () => {
  const { status, out, err } = await ask(REQUEST, { CHROMIUM: '/bin/false' }).ended;
  expect({ status, out }).toEqual({ status: 1, out: '' });
  expect(err).toMatch(/^The browser \/bin\/false did not start: it ended at once, with exit status 1\. [^\n]+\n$/);
});

test('a model that is kept serves one run at a time: the other waits, and says so', async () => {
  const root = test.info().outputPath('hub');
  mkdirSync(join(root, 'noema'), { recursive: true });
  symlinkSync(join(ROOT, 'public/models/noema-tiny'), join(root, 'noema/tiny'));
  const hub = await startHub({ root });
  try {
    const env = { XDG_CACHE_HOME: test.info().outputPath('cache') };
    const request = [...SHORT, '--model', `${hub.hub}/noema/tiny/tree/main`];
    const first = ask(request, env);
    await first.says(/^Reading the model/m);
    const second = ask(request, env);
    const [one, two] = await Promise.all([first.ended, second.ended]);
    expect(one.status, one.err).toBe(0);
    expect(two.status, two.err).toBe(0);
    expect(two.err).toMatch(/^Another run is using the models kept in .+: waiting until it ends …$/m);
    expect(two.out).toMatch(/^answer: /m);
  } finally {
    await hub.close();
  }
});
