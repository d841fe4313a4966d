// The model's state, folded from what loading tells.
import { expect, test } from 'vitest';
import type { LoadEvent } from '../../src/run/events';
import { foldLoad, isLoading, type ModelState } from '../../web/stores/model-store';

const after = (...events: LoadEvent[]): ModelState => events.reduce(foldLoad, { phase: 'probing' } as ModelState);

test('bytes first, then named phases', () => {
  expect(after({ type: 'phase', phase: 'download' }, { type: 'progress', loaded: 3, total: 10, received: 3 })).toEqual({
    phase: 'downloading',
    loaded: 3,
    total: 10,
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

test('loading is everything between pressing the button and an end', () => {
  expect(isLoading({ phase: 'probing' })).toBe(true);
  expect(isLoading({ phase: 'warm-up' })).toBe(true);
  expect(isLoading({ phase: 'idle' })).toBe(false);
});
