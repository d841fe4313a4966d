// Events in a regular file: on the disk as they happen, whole under the file's name at the end, and never through a planted link.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { FileOutput } from '../../../../web/cli/file-output';
import { resolveTarget } from '../../../../web/cli/output-target';

const folder = fs.mkdtempSync(join(tmpdir(), 'noema-output-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
let place: string;
beforeEach(() => {
  place = fs.mkdtempSync(join(folder, 'test-'));
});
const at = (name: string): string => join(place, name);
const textOf = (path: string): string => fs.readFileSync(path, 'utf8');
const partials = (): string[] => fs.readdirSync(place).filter((name) => name.includes('.partial'));

function open(path: string): FileOutput {
  const target = resolveTarget(path);
  if (target.kind !== 'file') throw new Error(`${path} is no file`);
  return new FileOutput(path, target);
}

describe('a file of events', () => {
  it('has every line on the disk at once, and its name at the end', async () => {
    const output = open(at('run.jsonl'));
    output.append('one\n');
    output.append('two\n');
    expect(fs.existsSync(at('run.jsonl'))).toBe(false);
    expect(partials()).toEqual([expect.stringMatching(/^run\.[0-9a-f]{12}\.partial\.jsonl$/)]);
    expect(textOf(at(partials()[0]))).toBe('one\ntwo\n');
    await output.finish();
    expect(textOf(at('run.jsonl'))).toBe('one\ntwo\n');
    expect(partials()).toEqual([]);
  });

  it('replaces the old one at the end alone, keeps its permissions, and leaves links to it', async () => {
    fs.writeFileSync(at('old'), 'old');
    // More than the process's mask lets a new file have.
    fs.chmodSync(at('old'), 0o666);
    fs.symlinkSync('old', at('link'));
    const output = open(at('link'));
    output.append('new\n');
    expect(textOf(at('old'))).toBe('old');
    await output.finish();
    expect(fs.lstatSync(at('link')).isSymbolicLink()).toBe(true);
    expect(textOf(at('old'))).toBe('new\n');
    expect(fs.statSync(at('old')).mode & 0o777).toBe(0o666);
  });

  it('leaves nothing when it is discarded, and is whole when the process ends early', () => {
    fs.writeFileSync(at('kept'), 'old');
    const discarded = open(at('kept'));
    discarded.append('new\n');
    discarded.discard();
    expect(fs.readdirSync(place)).toEqual(['kept']);
    expect(textOf(at('kept'))).toBe('old');
    const early = open(at('kept'));
    early.append('new\n');
    early.finishNow();
    early.finishNow();
    expect(textOf(at('kept'))).toBe('new\n');
    expect(partials()).toEqual([]);
  });

  it('does not replace what took its place meanwhile', async () => {
    const output = open(at('run'));
    output.append('one\n');
    fs.symlinkSync('/dev/null', at('run'));
    await expect(output.finish()).rejects.toThrow('no longer a file');
    expect(fs.lstatSync(at('run')).isSymbolicLink()).toBe(true);
    expect(textOf(output.partial)).toBe('one\n');
    output.discard();
  });

  it('has a name that fits where the old one hardly did', async () => {
    const path = at(`${'ä'.repeat(120)}.jsonl`);
    const output = open(path);
    output.append('one\n');
    await output.finish();
    expect(textOf(path)).toBe('one\n');
  });

  it('is refused where it could not be written', () => {
    expect(() => open(at(`${'x'.repeat(300)}.jsonl`))).toThrow('cannot be written: name too long');
    expect(fs.readdirSync(place)).toEqual([]);
  });
});

/** A disk of 96 KiB; null where this process may mount none. */
function tinyDisk(): string | null {
  const path = fs.mkdtempSync(join(folder, 'disk-'));
  return process.platform === 'linux' && spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=96k', 'tmpfs', path]).status === 0 ? path : null;
}

describe('a disk without room', () => {
  const disk = tinyDisk();
  afterAll(() => void (disk === null || spawnSync('umount', [disk])));

  it.skipIf(disk === null)('is refused before anything is computed', () => {
    const filler = join(disk ?? '', 'filler');
    fs.writeFileSync(filler, new Uint8Array(80_000));
    expect(() => open(join(disk ?? '', 'run'))).toThrow('cannot be written: no space left on device');
    expect(fs.readdirSync(disk ?? '')).toEqual(['filler']);
    fs.rmSync(filler);
  });

  it.skipIf(disk === null)('that fills up keeps whole lines, and takes the rest when there is room again', async () => {
    const path = join(disk ?? '', 'run');
    const filler = join(disk ?? '', 'filler');
    const output = open(path);
    output.append('one\n');
    fs.writeFileSync(filler, new Uint8Array(80_000));
    output.append(`${'x'.repeat(20_000)}\n`);
    output.append('three\n');
    expect(textOf(output.partial)).toBe('one\n');
    await expect(output.finish()).rejects.toThrow('ENOSPC');
    fs.rmSync(filler);
    await output.finish();
    expect(textOf(path)).toBe(`one\n${'x'.repeat(20_000)}\nthree\n`);
  });
});
