// Giving models back: twenty loaded and unloaded in fresh threads leave no thread behind, and the page no larger.
import { cdp } from 'vitest/browser';
import { expect, it, vi } from 'vitest';
import { LiveEngine } from '../../web/engine/live-engine';
import { EMBEDDED } from './helpers';
import { heapBytes } from './page-costs';

const CYCLES = 20;

it('a model that is unloaded takes its thread with it, twenty times over', { timeout: 900_000 }, async () => {
  const threads = new Set<string>();
  let started = 0;
  // Calls made at once may each open a session of their own: the first one is waited for, and the others share it.
  await heapBytes();
  const onAttached = ({ sessionId, targetInfo }: { sessionId: string; targetInfo: { url: string } }): void => {
    if (!targetInfo.url.includes('engine.worker')) return;
    started += 1;
    threads.add(sessionId);
  };
  const onDetached = ({ sessionId }: { sessionId: string }): void => void threads.delete(sessionId);
  cdp().on('Target.attachedToTarget', onAttached);
  cdp().on('Target.detachedFromTarget', onDetached);
  await heapBytes();
  const watchThreads = (autoAttach: boolean) =>
    cdp().send('Target.setAutoAttach', { autoAttach, waitForDebuggerOnStart: false, flatten: true });
  await watchThreads(true);
  /** The browser's word for what is there travels by way of the test runner. */
  const expectThreads = (count: number) => vi.waitFor(() => expect(threads.size).toBe(count), { timeout: 120_000, interval: 50 });

  const lost: string[] = [];
  const engine = new LiveEngine({ onLost: ({ code }) => lost.push(code) });
  let early = 0;
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    const types: string[] = [];
    const request = { source: EMBEDDED, dtype: 'q4', device: 'wasm' } as const;
    for await (const { type } of engine.load(request, new AbortController().signal)) types.push(type);
    expect(types.at(-1)).toBe('ready');
    await expectThreads(1);
    engine.unload();
    await expectThreads(0);
    if (cycle === 2) early = await heapBytes();
  }
  expect(started).toBe(CYCLES);
  expect(lost).toEqual(Array.from({ length: CYCLES }, () => 'CANCELLED'));
  expect((await heapBytes()) - early).toBeLessThan(2 ** 20);
  // Nobody is there to hear what would arrive after the end.
  await watchThreads(false);
  cdp().off('Target.attachedToTarget', onAttached);
  cdp().off('Target.detachedFromTarget', onDetached);
  await heapBytes();
});
