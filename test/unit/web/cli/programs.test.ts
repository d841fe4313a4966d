// Programs that are looked for, and installed when they are not there.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Command, findOrInstall, findProgram } from '../../../../web/cli/programs';

let folder: string;
let said: string[];
const say = (line: string): void => void said.push(line);
const find = (): string | null => findProgram(['made-up-browser'], { PATH: folder });
const install = (name: string): Command => ['cp', join(folder, 'source'), join(folder, name)];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'noema-programs-'));
  said = [];
  writeFileSync(join(folder, 'source'), '#!/bin/sh\n');
  chmodSync(join(folder, 'source'), 0o755);
});
afterEach(() => rmSync(folder, { recursive: true }));

test('what is there is not installed again', () => {
  expect(findOrInstall('shell', () => findProgram(['sh']), [install('made-up-browser')], say)).toMatch(/\/sh$/);
  expect(said).toEqual([]);
  expect(find()).toBeNull();
});

test('commands are tried in order, a failed one is said, and none is run after the program is there', () => {
  const commands: readonly Command[] = [['false'], ['absent-program'], install('made-up-browser'), install('never')];
  expect(findOrInstall('made-up browser', find, commands, say)).toBe(join(folder, 'made-up-browser'));
  expect(findProgram(['never'], { PATH: folder })).toBeNull();
  expect(said.filter((line) => line.startsWith('No made-up browser found; running: '))).toHaveLength(3);
  expect(said.filter((line) => line.startsWith('That did not work: '))).toHaveLength(2);
});

test('a program that no command brings is null', () => {
  expect(findOrInstall('made-up browser', find, [['true']], say)).toBeNull();
});
