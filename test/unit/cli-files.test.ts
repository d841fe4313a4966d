// The files of the command line: pictures are told from other files, outputs are whole or absent, a served folder stays closed.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureChromium, findChromium } from '../../web/cli/chromium';
import { checkWritable, readPicture, writeWhole } from '../../web/cli/files';
import { byteRange, fileWithin } from '../../web/cli/serve-folder';

const folder = mkdtempSync(join(tmpdir(), 'noema-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe('a picture', () => {
  it('comes with its bytes and its name', () => {
    expect(readPicture(file('a.png', latin1('\x89PNG\r\n\x1a\nrest')))).toEqual({
      name: 'a.png',
      base64: Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1').toString('base64'),
    });
  });

  it.each([
    ['nothing there', () => join(folder, 'absent.png'), 'There is no file'],
    ['a folder', () => folder, 'is a folder'],
    ['an empty file', () => file('empty.png', ''), 'is empty'],
    ['a text', () => file('note.png', 'not a picture'), 'is a text file, not a picture'],
    ['HEIC', () => file('phone.heic', latin1('\0\0\0\x18ftypheic')), 'HEIC'],
    ['a film', () => file('film.mp4', latin1('\0\0\0\x18ftypisom')), 'is a video'],
    ['50 MB and a byte', () => file('large.png', new Uint8Array(50_000_001)), 'has 51 MB: choose a picture of at most 50 MB'],
  ])('is refused when it is %s', (_, path, words) => expect(() => readPicture(path())).toThrow(words));
});

describe('an output', () => {
  it('is checked before the run', () => {
    expect(() => checkWritable(join(folder, 'run.jsonl'))).not.toThrow();
    expect(() => checkWritable(join(folder, 'no/such/run.jsonl'))).toThrow('does not exist');
    expect(() => checkWritable(folder)).toThrow('is a folder');
  });

  it('replaces the old file whole', () => {
    const path = file('run.jsonl', 'old');
    writeWhole(path, 'new\n');
    expect(readFileSync(path, 'utf8')).toBe('new\n');
  });

  it('leaves nothing behind when it cannot be written', () => {
    const target = join(folder, 'taken');
    mkdirSync(target);
    expect(() => writeWhole(target, 'text')).toThrow();
    expect(readdirSync(folder).filter((name) => name.endsWith('.tmp'))).toEqual([]);
  });
});

describe('a served folder', () => {
  it('gives its files and nothing outside', () => {
    mkdirSync(join(folder, 'model/onnx'), { recursive: true });
    file('model/onnx/a b.onnx', 'weights');
    file('secret.txt', 'secret');
    const model = join(folder, 'model');
    expect(fileWithin(model, 'onnx/a%20b.onnx')).toBe(join(model, 'onnx/a b.onnx'));
    for (const path of ['../secret.txt', '%2e%2e/secret.txt', 'onnx/../../secret.txt', 'onnx', '', 'absent', '%zz', '..%2fsecret.txt']) {
      expect(fileWithin(model, path), path).toBeNull();
    }
  });

  it('reads ranges', () => {
    expect(byteRange('bytes=0-3', 10)).toEqual({ start: 0, end: 3 });
    expect(byteRange('bytes=4-', 10)).toEqual({ start: 4, end: 9 });
    expect(byteRange('bytes=4-99', 10)).toEqual({ start: 4, end: 9 });
    for (const header of [undefined, '', 'bytes=10-', 'bytes=5-4', 'bytes=-3', 'lines=1-2']) expect(byteRange(header, 10)).toBeNull();
  });
});

describe('the browser', () => {
  it('is the one CHROMIUM names', () => {
    const program = file('my-browser', '#!/bin/sh\n');
    chmodSync(program, 0o755);
    expect(findChromium({ CHROMIUM: program, PATH: '' })).toBe(program);
  });

  it('is never silently another than the one CHROMIUM names', () => {
    expect(() => findChromium({ CHROMIUM: join(folder, 'absent') })).toThrow('is no program that can be run');
    expect(() => findChromium({ CHROMIUM: folder })).toThrow('is no program that can be run');
  });

  it('is looked for on PATH first', () => {
    const program = file('google-chrome', '#!/bin/sh\n');
    chmodSync(program, 0o755);
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'chromium'), '#!/bin/sh\n');
    chmodSync(join(bin, 'chromium'), 0o755);
    expect(findChromium({ PATH: `${folder}:${bin}` })).toBe(join(bin, 'chromium'));
  });

  it('is there when these tests run', () => expect(existsSync(ensureChromium())).toBe(true));
});
