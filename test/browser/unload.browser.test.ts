// Giving models back: twenty loaded and unloaded in fresh threads leave no thread behind, and the page no larger.
import { cdp } from 'vitest/browser';
import { expect, it, vi } from 'vitest';
import { LiveEngine } from '../../web/engine/live-engine';
import { EMBEDDED, heapBytes } from './helpers';

const CYCLES = 20;

it('a model that is unloaded takes its thread with it, twenty times over', { timeout: 900_000 }, async () => {
  const threads = new Set<string>();
  let started = 0;
  cdp().on('Target.attachedToTarget', ({ sessionId, targetInfo }: { sessionId: string; targetInfo: { type: string } }) => {
    if (targetInfo.type !== 'worker') return;
    started += 1;
    threads.add(sessionId);
  });
  cdp().on('Target.detachedFromTarget', ({ sessionId }: { sessionId: string }) => threads.delete(sessionId));
  await cdp().send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: true });
  const others = threads.size;
  started = 0;

  const lost: string[] = [];
  const engine = new LiveEngine({ onLost: ({ code }) => lost.push(code) });
  let early = 0;
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    const types: string[] = [];
    const request = { source: EMBEDDED, dtype: 'q4', device: 'wasm' } as const;
    for await (const { type } of engine.load(request, new AbortController().signal)) types.push(type);
    expect(types.at(-1)).toBe('ready');
    expect(threads.size).toBeGreaterThan(others);
    engine.unload();
    await vi.waitFor(() => expect(threads.size).toBe(others), { timeout: 30_000 });
    if (cycle === 2) early = await heapBytes();
  }
  expect(started).toBeGreaterThanOrEqual(CYCLES);
  expect(lost).toEqual(Array.from({ length: CYCLES }, () => 'CANCELLED'));
  expect((await heapBytes()) - early).toBeLessThan(2 ** 20);
});
