// Where the events of all runs go: files by number, one stream for all, another place when that one fails.
import { execFile, execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { EngineFault } from '../../../../src/errors';
import type { Output } from '../../../../web/cli/output';
import { keepElsewhere, numbered, openOutputs } from '../../../../web/cli/outputs';

const folder = fs.mkdtempSync(join(tmpdir(), 'noema-outputs-'));
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));
let place: string;
beforeEach(() => {
  place = fs.mkdtempSync(join(folder, 'test-'));
});
const at = (name: string): string => join(place, name);

const go = new AbortController().signal;
const PICTURE = join(folder, 'picture.png');
fs.writeFileSync(PICTURE, 'picture');
const open = (path: string, count = 1, say: (line: string) => void = () => undefined): Promise<readonly Output[]> =>
  openOutputs(path, count, PICTURE, go, say);

async function write(outputs: readonly Output[]): Promise<void> {
  for (const [index, output] of outputs.entries()) {
    output.append(`run ${index + 1}\n`);
    output.append('end\n');
    await output.finish();
  }
}

describe('files', () => {
  it('are numbered where there are several', async () => {
    expect(numbered('out/run.jsonl', 1)).toEqual(['out/run.jsonl']);
    expect(numbered('out/runs.jsonl', 2)).toEqual([join('out', 'runs-1.jsonl'), join('out', 'runs-2.jsonl')]);
    expect(numbered('runs', 2)).toEqual(['runs-1', 'runs-2']);
    await write(await open(at('run.jsonl'), 2));
    expect(fs.readdirSync(place).toSorted()).toEqual(['run-1.jsonl', 'run-2.jsonl']);
    expect(fs.readFileSync(at('run-2.jsonl'), 'utf8')).toBe('run 2\nend\n');
  });

  it('are refused together, and nothing is left behind', async () => {
    fs.mkdirSync(at('run-2'));
    await expect(open(at('run'), 2)).rejects.toThrow('is a folder');
    expect(fs.readdirSync(place)).toEqual(['run-2']);
  });

  it('are never the picture itself, by whatever name', async () => {
    fs.linkSync(PICTURE, at('other-name'));
    fs.symlinkSync(PICTURE, at('link'));
    for (const name of ['other-name', 'link']) await expect(open(at(name))).rejects.toThrow('is the picture itself');
    expect(fs.readFileSync(PICTURE, 'utf8')).toBe('picture');
  });
});

describe.skipIf(process.platform === 'win32')('streams', () => {
  it('take the events of all runs, once somebody reads', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const said: string[] = [];
    const opening = open(at('pipe'), 2, (line) => said.push(line));
    await expect.poll(() => said).toEqual([`Waiting until something reads "${at('pipe')}" …`]);
    // Ends by itself: this process keeps its end of the pipe until it exits.
    const reading = promisify(execFile)('sh', ['-c', 'exec < "$0"; sleep 0.3; head -n2', at('pipe')]);
    const [first, second] = await opening;
    expect(second).toBe(first);
    // More than a pipe holds: the rest waits for its reader.
    first.append(`${'x'.repeat(200_000)}\n`);
    second.append('end\n');
    await second.finish();
    expect((await reading).stdout).toBe(`${'x'.repeat(200_000)}\nend\n`);
    expect(fs.lstatSync(at('pipe')).isFIFO()).toBe(true);
  });

  it('that lose their reader say so at the end', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const reading = promisify(execFile)('head', ['-n1', at('pipe')]);
    const [output] = await open(at('pipe'));
    output.append('one\n');
    expect((await reading).stdout).toBe('one\n');
    output.append('two\n');
    await expect(output.finish()).rejects.toThrow('EPIPE');
  });

  it('are waited for no longer than a person likes', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    const stop = new AbortController();
    const opening = openOutputs(at('pipe'), 1, PICTURE, stop.signal, () => stop.abort());
    await expect(opening).rejects.toThrow(EngineFault);
    await expect(opening).rejects.toMatchObject({ value: { code: 'CANCELLED' } });
  });

  it('may be devices, which stay what they are', async () => {
    await write(await open('/dev/null', 2));
    expect(fs.lstatSync('/dev/null').isCharacterDevice()).toBe(true);
    const [full] = await open('/dev/full');
    full.append('one\n');
    await expect(full.finish()).rejects.toThrow('ENOSPC');
  });

  it('may be sockets', async () => {
    let heard = '';
    const server = createServer((socket) => socket.on('data', (data) => (heard += data.toString())));
    await new Promise<void>((resolve) => server.listen(at('socket'), resolve));
    await write(await open(at('socket')));
    await expect.poll(() => heard).toBe('run 1\nend\n');
    server.close();
  });

  it.skipIf(process.platform !== 'linux')('may be descriptors: a file is written on where it stands', async () => {
    const descriptor = fs.openSync(at('log'), 'w');
    fs.writeSync(descriptor, 'before\n');
    await write(await open(`/dev/fd/${descriptor}`));
    fs.writeSync(descriptor, 'after\n');
    expect(fs.readFileSync(at('log'), 'utf8')).toBe('before\nrun 1\nend\nafter\n');
    fs.closeSync(descriptor);
    await expect(open(`/dev/fd/${descriptor + 500}`)).rejects.toThrow('bad file descriptor');
  });
});

describe('another place', () => {
  it('is the first that takes the lines, for this person alone', () => {
    const path = keepElsewhere(['one\n', 'two\n'], [at('absent'), place]);
    expect(path).toMatch(/noema-run\.[0-9a-f]{12}\.jsonl$/);
    expect(fs.readFileSync(path ?? '', 'utf8')).toBe('one\ntwo\n');
    expect(fs.statSync(path ?? '').mode & 0o077).toBe(0);
    expect(keepElsewhere(['one\n'], [at('absent')])).toBeNull();
  });
});
