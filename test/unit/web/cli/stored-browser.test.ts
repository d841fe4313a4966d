// The profile in which models are kept: one browser at a time, waited for in words, never for ever.
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BrowserNotStarted } from '../../../../web/cli/launch';
import { profileFolder, startOnProfile } from '../../../../web/cli/stored-browser';

let profile: string;
beforeEach(() => {
  profile = mkdtempSync(join(tmpdir(), 'noema-profile-'));
});
afterEach(() => rmSync(profile, { recursive: true, force: true }));

const hold = (holder: string): void => symlinkSync(holder, join(profile, 'SingletonLock'));
const taken = new BrowserNotStarted('chromium', new Error('Failed to create a ProcessSingleton for your profile directory.'));
const go = new AbortController().signal;

describe('a browser on the profile', () => {
  it('starts at once where nobody has it, and where the one that had it is dead', async () => {
    const said: string[] = [];
    const start = (): Promise<string> => Promise.resolve('browser');
    expect(await startOnProfile(profile, start, go, (line) => said.push(line))).toBe('browser');
    // No process has this number.
    hold(`${hostname()}-4194305`);
    expect(await startOnProfile(profile, start, go, (line) => said.push(line))).toBe('browser');
    expect(said).toEqual([]);
  });

  it('waits for the one that has it, and says so once', async () => {
    hold(`${hostname()}-${process.pid}`);
    const said: string[] = [];
    let tries = 0;
    const starting = startOnProfile(
      profile,
      () => Promise.resolve(++tries),
      go,
      (line) => said.push(line),
      5,
    );
    await expect.poll(() => said).toHaveLength(1);
    expect(said[0]).toContain(`Another run is using the models kept in ${profile}: waiting`);
    expect(tries).toBe(0);
    rmSync(join(profile, 'SingletonLock'));
    expect(await starting).toBe(1);
    expect(said).toHaveLength(1);
  });

  it('tries again where only the browser knows, and gives up', async () => {
    let tries = 0;
    const second = (): Promise<string> => (++tries < 3 ? Promise.reject(taken) : Promise.resolve('browser'));
    expect(await startOnProfile(profile, second, go, () => undefined, 1)).toBe('browser');
    tries = 0;
    const never = (): Promise<string> => {
      tries += 1;
      return Promise.reject(taken);
    };
    await expect(startOnProfile(profile, never, go, () => undefined, 1)).rejects.toBe(taken);
    expect(tries).toBe(5);
  });

  it('stops waiting when a person does', async () => {
    hold(`${hostname()}-${process.pid}`);
    const stop = new AbortController();
    const waiting = startOnProfile(
      profile,
      () => Promise.resolve(),
      stop.signal,
      () => stop.abort(),
    );
    await expect(waiting).rejects.toMatchObject({ value: { code: 'CANCELLED' } });
  });
});

describe('the profile folder', () => {
  it('is made, and a place where it cannot be is a sentence', () => {
    expect(profileFolder({ XDG_CACHE_HOME: join(profile, 'new') })).toBe(join(profile, 'new', 'noema'));
    writeFileSync(join(profile, 'file'), '');
    expect(() => profileFolder({ XDG_CACHE_HOME: join(profile, 'file') })).toThrow(
      `Models cannot be kept in "${join(profile, 'file', 'noema')}" (not a directory): name another folder`,
    );
  });
});
