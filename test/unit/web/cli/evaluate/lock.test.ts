// One evaluation writes to a folder; what a killed one has left does not stand in the way.
import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { takeLock } from '../../../../../web/cli/evaluate/lock';

const folder = mkdtempSync(join(tmpdir(), 'noema-lock-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, 'lock');
const held = (host: string, process: number, secondsAgo = 0): void => {
  writeFileSync(path, JSON.stringify({ host, process }));
  const then = new Date(Date.now() - 1000 * secondsAgo);
  utimesSync(path, then, then);
};

it('is taken, and given back', () => {
  const unlock = takeLock(path);
  expect(existsSync(path)).toBe(true);
  unlock();
  expect(existsSync(path)).toBe(false);
});

it('is refused while a process lives that has it', () => {
  held(hostname(), process.ppid);
  expect(() => takeLock(path)).toThrow(`process ${process.ppid} on ${hostname()}`);
  // On another machine it lives as long as it says so.
  held('elsewhere', 1, 60);
  expect(() => takeLock(path)).toThrow('process 1 on elsewhere');
});

it('is taken over from the dead', () => {
  for (const leave of [() => held(hostname(), 2 ** 22 + 1), () => held('elsewhere', 1, 600), () => writeFileSync(path, '{"ho')]) {
    leave();
    takeLock(path)();
    expect(existsSync(path)).toBe(false);
  }
});

it('cannot be taken where nothing can be written', () => {
  expect(() => takeLock(join(folder, 'nowhere', 'lock'))).toThrow('cannot be written');
});
