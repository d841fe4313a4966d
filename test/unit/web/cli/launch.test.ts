// How a browser is started: in its sandbox where it can have one, and in one sentence why it did not start.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHROMIUM_FLAGS, GPU_FLAGS } from '../../../../web/cli/chromium';

const folder = mkdtempSync(join(tmpdir(), 'noema-launch-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const program = join(folder, 'browser');
const script = (text: string): void => {
  writeFileSync(program, `#!/bin/sh\n${text}\n`);
  chmodSync(program, 0o755);
};

beforeEach(() => {
  // What is known of the sandbox belongs to a process.
  vi.resetModules();
  script('exit 0');
  vi.stubEnv('CHROMIUM', program);
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
const asUser = (id: number): void => void vi.spyOn(process, 'getuid').mockReturnValue(id);
const launching = () => import('../../../../web/cli/launch');

describe.skipIf(process.getuid === undefined)('the sandbox', () => {
  it('is there for everybody but root', async () => {
    const { startBrowser, sandboxLine } = await launching();
    asUser(1000);
    expect(await startBrowser(['--flag'], (options) => Promise.resolve(options))).toEqual({
      executablePath: program,
      args: ['--flag'],
      chromiumSandbox: true,
    });
    expect(sandboxLine()).toBeNull();
    asUser(0);
    expect(await startBrowser([], ({ chromiumSandbox }) => Promise.resolve(chromiumSandbox))).toBe(false);
    expect(sandboxLine()).toBe('The browser runs without its sandbox: Chromium builds none for root, for other users it does.');
  });

  it('is done without, and said so, where the system refuses it; it is asked for once', async () => {
    const { startBrowser, sandboxLine } = await launching();
    asUser(1000);
    const tried: boolean[] = [];
    const start = ({ chromiumSandbox }: { chromiumSandbox: boolean }): Promise<string> => {
      tried.push(chromiumSandbox);
      return chromiumSandbox
        ? Promise.reject(new Error('browserType.launch: Chromium sandboxing failed!\n...'))
        : Promise.resolve('browser');
    };
    expect(await startBrowser([], start)).toBe('browser');
    expect(await startBrowser([], start)).toBe('browser');
    expect(tried).toEqual([true, false, false]);
    expect(sandboxLine()).toContain('this system does not let it build one');
  });

  it('is refused by no flag of ours', () => {
    expect([...CHROMIUM_FLAGS, ...GPU_FLAGS].filter((flag) => flag.includes('sandbox'))).toEqual([]);
  });
});

describe('a browser that does not start', () => {
  it.each([
    ['that ends at once', 'exit 3', 10_000, 'it ended at once, with exit status 3'],
    ['that is ended', 'kill -9 $$', 10_000, 'it was ended by SIGKILL'],
    ['that never is ready', 'exec sleep 30', 300, 'it was not ready within 0.3 s'],
  ])('%s is one sentence', async (_, text, timeout, reason) => {
    script(text);
    const { startBrowser, BrowserNotStarted } = await launching();
    const starting = startBrowser([], (options) => chromium.launch({ ...options, timeout }));
    await expect(starting).rejects.toThrow(BrowserNotStarted);
    await expect(starting).rejects.toThrow(
      `The browser ${program} did not start: ${reason}. Install another one, or name its program with the environment variable CHROMIUM.`,
    );
  });

  it('because another one has its folder is told apart', async () => {
    const { startBrowser } = await launching();
    const message = 'browserType.launchPersistentContext: Failed to create a ProcessSingleton for your profile directory. …\nCall log:\n…';
    const starting = startBrowser([], () => Promise.reject(new Error(message)));
    await expect(starting).rejects.toMatchObject({ isProfileTaken: true, reason: expect.not.stringContaining('\n') as string });
  });
});
