// Which adapter a browser without a screen computes on: what is taken of what it answers, what is said about it, and browsers that do not answer.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import type { AdapterFacts } from '../../../../models/device/adapter';
import { EngineFault } from '../../../../src/errors';
import { ADAPTERS, askForHardware, chooseAdapter, type Answer } from '../../../../web/cli/adapter';
import { CHROMIUM_FLAGS, F16_FLAG, GPU_FLAGS } from '../../../../web/cli/chromium';

const folder = mkdtempSync(join(tmpdir(), 'noema-adapter-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const facts = (more: Partial<AdapterFacts>): AdapterFacts => ({
  description: 'amd rdna-3',
  software: false,
  f16: true,
  subgroups: true,
  maxBufferSize: 2 ** 31,
  ...more,
});
const answers = (answer: Answer) => (): Promise<Answer> => Promise.resolve(answer);
const never = (): Promise<Answer> => Promise.reject(new Error('asked'));

async function refusal(answer: Answer): Promise<string> {
  const thrown: unknown = await chooseAdapter('hardware', answers(answer)).catch((error: unknown) => error);
  if (!(thrown instanceof EngineFault)) throw new Error(`no fault: ${String(thrown)}`);
  expect(thrown.value.code).toBe('NO_ADAPTER');
  return thrown.value.message;
}

describe('what is taken', () => {
  it('is the graphics card where there is one, by its name', async () => {
    for (const choice of ['auto', 'hardware'] as const) {
      const taken = await chooseAdapter(choice, answers(facts({})));
      expect(taken).toMatchObject({ kind: 'hardware', flags: GPU_FLAGS });
      expect(taken.line).toContain('amd rdna-3 (hardware)');
      expect(taken.line).not.toContain('\n');
    }
  });

  it('is the software adapter where there is none, with the reason', async () => {
    const gone = await chooseAdapter('auto', answers('the browser gave no adapter'));
    expect(gone).toMatchObject({ kind: 'software', flags: CHROMIUM_FLAGS });
    expect(gone.line).toContain('software, computed by the processor): the browser gave no adapter.');
    const slow = await chooseAdapter('auto', answers(facts({ description: 'google swiftshader', software: true })));
    expect(slow).toMatchObject({ kind: 'software', flags: CHROMIUM_FLAGS });
    expect(slow.line).toContain('the browser has only google swiftshader');
  });

  it('is the software adapter when that is asked for, and no browser is started', async () => {
    expect(await chooseAdapter('software', never)).toMatchObject({ kind: 'software', flags: CHROMIUM_FLAGS });
    await expect(chooseAdapter('auto', never)).rejects.toThrow('asked');
  });

  it('is nothing when hardware is demanded and there is none', async () => {
    expect(await refusal('the browser gave no adapter')).toContain('the browser gave no adapter');
    expect(await refusal(facts({ description: 'google swiftshader', software: true }))).toContain('google swiftshader');
  });

  it('leaves nothing of the software adapter in the flags for hardware', () => {
    expect(ADAPTERS).toEqual(['auto', 'hardware', 'software']);
    expect(GPU_FLAGS.filter((flag) => flag.includes('swiftshader'))).toEqual([]);
    expect(CHROMIUM_FLAGS).toContain('--use-webgpu-adapter=swiftshader');
  });
});

describe('16 bits of NVIDIA on Linux', () => {
  const on = async (platform: NodeJS.Platform, more: Partial<AdapterFacts>): Promise<string> =>
    (await chooseAdapter('auto', answers(facts(more)), platform)).line;

  it('are named with the flag that opens them, there alone', async () => {
    expect(await on('linux', { description: 'nvidia ampere' })).toContain(`opened with ${F16_FLAG}`);
    expect(await on('linux', { description: 'NVIDIA', f16: false })).toContain(`although ${F16_FLAG} was given`);
    expect(await on('linux', { description: 'amd rdna-3', f16: false })).not.toContain('16 bits');
    expect(await on('win32', { description: 'nvidia ampere', f16: false })).not.toContain('16 bits');
  });

  it.skipIf(process.platform !== 'linux')('are asked for by us', () => {
    expect(GPU_FLAGS).toContain(F16_FLAG);
  });
});

describe('a browser', () => {
  /** Milliseconds a browser may take on a machine that is busy with other things. */
  const LONG = 120_000;
  const program = (script: string): void => {
    const path = join(folder, 'browser');
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    vi.stubEnv('CHROMIUM', path);
  };

  it('that never starts is given up', async () => {
    program('sleep 60');
    expect(await askForHardware({ start: 300, answer: 300 })).toBe(
      'the browser did not start with the flags for one (it was not ready within 0.3 s)',
    );
  });

  it('that ends at once is given up', async () => {
    program('exit 3');
    expect(await askForHardware({ start: 10_000, answer: 300 })).toBe(
      'the browser did not start with the flags for one (it ended at once, with exit status 3)',
    );
  });

  it('that gives no answer in time is given up', { timeout: LONG }, async () => {
    expect(await askForHardware({ start: LONG, answer: 1 })).toBe('the browser gave no answer within 0.001 s');
  });

  it('that answers in time is told as it is', { timeout: 2 * LONG }, async () => {
    const answer = await askForHardware({ start: LONG, answer: LONG });
    // This Chromium has WebGPU, whatever the machine has: with software it says so, by name.
    expect(answer).toMatchObject({ description: expect.stringMatching(/\w/) as string, f16: expect.any(Boolean) as boolean });
    if (typeof answer !== 'string' && answer.software) expect(answer.description).toMatch(/swiftshader|llvmpipe/i);
  });
});
