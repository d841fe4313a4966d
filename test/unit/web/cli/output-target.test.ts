// What `--out` leads to: files through links, streams that are never replaced, and what is refused.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { UsageError } from '../../../../web/cli/command';
import { resolveTarget } from '../../../../web/cli/output-target';

const folder = mkdtempSync(join(tmpdir(), 'noema-target-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...parts: string[]): string => join(folder, ...parts);

describe.skipIf(process.platform === 'win32')('what --out leads to', () => {
  it('is a file, there or not, through links from other folders', () => {
    writeFileSync(at('there'), 'old');
    mkdirSync(at('links'));
    symlinkSync('../there', at('links/relative'));
    symlinkSync(at('links/relative'), at('chain'));
    symlinkSync('links/not-yet', at('dangling'));
    expect(resolveTarget(at('new'))).toEqual({ kind: 'file', path: at('new'), old: null });
    expect(resolveTarget(at('chain'))).toMatchObject({ kind: 'file', path: at('there'), old: { size: 3 } });
    expect(resolveTarget(at('dangling'))).toEqual({ kind: 'file', path: at('links/not-yet'), old: null });
  });

  it('is a stream where something else is, through links too', async () => {
    execFileSync('mkfifo', [at('pipe')]);
    symlinkSync('pipe', at('to-pipe'));
    symlinkSync('/dev/null', at('to-null'));
    expect(resolveTarget(at('to-pipe'))).toEqual({ kind: 'stream', path: at('pipe') });
    expect(resolveTarget('/dev/null')).toEqual({ kind: 'stream', path: '/dev/null' });
    expect(resolveTarget(at('to-null'))).toEqual({ kind: 'stream', path: '/dev/null' });
    const server = createServer().listen(at('socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(resolveTarget(at('socket'))).toEqual({ kind: 'socket', path: at('socket') });
    server.close();
  });

  it('is a descriptor of this process by any of its names', () => {
    symlinkSync('/dev/stdout', at('to-stdout'));
    expect(resolveTarget('/dev/fd/1')).toEqual({ kind: 'descriptor', descriptor: 1 });
    expect(resolveTarget('/dev/stdout')).toEqual({ kind: 'descriptor', descriptor: 1 });
    expect(resolveTarget(at('to-stdout'))).toEqual({ kind: 'descriptor', descriptor: 1 });
    expect(resolveTarget('/dev/fd/77')).toEqual({ kind: 'descriptor', descriptor: 77 });
  });

  it.skipIf(process.platform !== 'linux')('is a stream where another process has it open', () => {
    expect(resolveTarget(`/proc/${process.ppid}/fd/0`).kind).toBe('stream');
  });

  it('is refused where events have no place', () => {
    symlinkSync('circle-b', at('circle-a'));
    symlinkSync('circle-a', at('circle-b'));
    for (const [path, words] of [
      [folder, 'is a folder'],
      [at('no/such/run.jsonl'), 'does not exist'],
      [at('there', 'run.jsonl'), 'not a directory'],
      [at('circle-a'), 'in a circle'],
    ]) {
      expect(() => resolveTarget(path)).toThrow(UsageError);
      expect(() => resolveTarget(path)).toThrow(words);
    }
  });
});
