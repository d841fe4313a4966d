// The model's state, folded from what loading tells.
import { expect, test } from 'vitest';
import type { LoadEvent } from '../../../../src/events/events';
import { createModelStore, ended, foldLoad, isLoading, type ModelState } from '../../../../web/stores/model-store';

const after = (...events: LoadEvent[]): ModelState => events.reduce(foldLoad, { phase: 'probing' } as ModelState);

test('bytes first, then named phases', () => {
  expect(after({ type: 'phase', phase: 'download' }, { type: 'progress', loaded: 3, total: 10, received: 3 })).toEqual({
    phase: 'downloading',
    loaded: 3,
    total: 10,
    received: 3,
  });
  expect(after({ type: 'phase', phase: 'compile' }).phase).toBe('compiling');
  expect(after({ type: 'phase', phase: 'self-test' }).phase).toBe('self-test');
});

test('late progress does not go back to the download', () => {
  expect(after({ type: 'phase', phase: 'compile' }, { type: 'progress', loaded: 3, total: 10, received: 3 }).phase).toBe('compiling');
});

test('cancelled is idle again; a failure keeps its reason', () => {
  expect(after({ type: 'phase', phase: 'compile' }, { type: 'cancelled' })).toEqual({ phase: 'idle' });
  const error = { code: 'DOWNLOAD', message: 'm', action: 'a', retry: true } as const;
  expect(after({ type: 'failed', error })).toEqual({ phase: 'failed', error });
});

test('how far a download came is kept when it is stopped or fails, until another begins', () => {
  const download = [
    { type: 'phase', phase: 'download' },
    { type: 'progress', loaded: 3, total: 10, received: 3 },
  ] as const;
  const kept = { loaded: 3, total: 10 };
  expect(after(...download, { type: 'cancelled' })).toEqual({ phase: 'idle', kept });
  const error = { code: 'DOWNLOAD', message: 'm', action: 'a', retry: true } as const;
  expect(after(...download, { type: 'failed', error })).toEqual({ phase: 'failed', error, kept });
  // The thread's end is told twice: by the thread, and by its job.
  expect(ended(ended(after(...download)))).toEqual({ phase: 'idle', kept });
  expect(after(...download, { type: 'phase', phase: 'compile' }, { type: 'cancelled' })).toEqual({ phase: 'idle' });
});

test('loading is everything between pressing the button and an end', () => {
  expect(isLoading({ phase: 'probing' })).toBe(true);
  expect(isLoading({ phase: 'warm-up' })).toBe(true);
  expect(isLoading({ phase: 'idle' })).toBe(false);
});

test('what is said of a download ends with it; what is said of the device stays until another load', () => {
  const store = createModelStore();
  const { take, set } = store.getState();
  const notice = (): string | null => store.getState().notice;
  const error = { code: 'DOWNLOAD', message: 'm', action: 'a', retry: true } as const;
  const device = 'Computed on WASM instead.';
  for (const end of [{ type: 'phase', phase: 'compile' }, { type: 'cancelled' }, { type: 'failed', error }] as const) {
    set({ phase: 'probing' });
    take({ type: 'notice', message: device });
    take({ type: 'phase', phase: 'download' });
    expect(notice()).toBe(device);
    take({ type: 'notice', message: 'Trying again in 4 s.' });
    take({ type: 'progress', loaded: 3, total: 10, received: 3 });
    expect(notice()).toBe('Trying again in 4 s.');
    take(end);
    expect(notice(), end.type).toBe(end.type === 'phase' ? device : null);
  }
  set({ phase: 'idle' });
});
