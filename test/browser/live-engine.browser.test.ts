// The page's client of the worker: every way a worker can fail ends the stream with exactly one terminal event, and the next run works.
import { wrap } from 'comlink';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunRequest } from '../../src/engine/run-source';
import type { LoadEvent, RunEvent } from '../../src/events/events';
import type { EngineService } from '../../workers/wire';
import { LiveEngine } from '../../web/engine/live-engine';

let workers = 0;
const onLost = vi.fn();
let engine: LiveEngine;

beforeEach(() => {
  workers = 0;
  onLost.mockClear();
  engine = new LiveEngine({ spawn, onLost, graceMs: 100, silenceMs: 20_000 });
});
afterEach(() => engine.unload());

function spawn(): Worker {
  workers += 1;
  return new Worker(new URL('./unruly.worker.ts', import.meta.url), { type: 'module' });
}

const request = (question: string): RunRequest => ({
  method: 'dmlr',
  question,
  settings: {},
  picture: { bytes: new ArrayBuffer(4), name: 'a.png' },
});

async function ask(question: string, stopAfterMs?: number, from = engine): Promise<RunEvent[]> {
  const controller = new AbortController();
  const events: RunEvent[] = [];
  for await (const event of from.source(request(question)).start(controller.signal)) {
    events.push(event);
    if (stopAfterMs !== undefined && events.length === 1) setTimeout(() => controller.abort(), stopAfterMs);
  }
  return events;
}

test('a worker that obeys a cancel is kept', async () => {
  expect(await ask('obey', 10)).toEqual([
    { type: 'phase', phase: 'read' },
    { type: 'cancelled', step: 7 },
  ]);
  await ask('end');
  expect(workers).toBe(1);
});

test('a worker that has obeyed is kept, however long its last event takes to be shown', async () => {
  const controller = new AbortController();
  for await (const event of engine.source(request('obey')).start(controller.signal)) {
    controller.abort();
    // Longer than a worker may take to obey.
    if (event.type === 'cancelled') await new Promise((resolve) => setTimeout(resolve, 400));
  }
  expect(onLost).not.toHaveBeenCalled();
  await ask('end');
  expect(workers).toBe(1);
});

test('a worker that ignores a cancel is ended, and the next run gets a fresh one', async () => {
  expect((await ask('ignore', 10)).at(-1)).toEqual({ type: 'cancelled', step: null });
  expect(onLost).toHaveBeenCalledTimes(1);
  expect((await ask('end')).at(-1)).toEqual({ type: 'cancelled', step: null });
  expect(workers).toBe(2);
});

test('a worker that dies ends the run with a failure that says so', async () => {
  const events = await ask('die');
  expect(events[0]).toEqual({ type: 'phase', phase: 'read' });
  expect(events.at(-1)).toMatchObject({
    type: 'failed',
    error: { code: 'INTERNAL', retry: true, detail: expect.stringContaining('out of luck') },
  });
  expect(onLost).toHaveBeenCalledTimes(1);
});

describe('a worker that ends itself', () => {
  /** Longer than any test: only the watch over its life can notice. */
  const silenceMs = 3_600_000;
  const gone = { type: 'failed', error: { code: 'INTERNAL', message: 'The thread that runs the model has stopped.', retry: true } };

  const otherLost = vi.fn();

  beforeEach(() => {
    engine = new LiveEngine({ spawn, onLost, silenceMs });
  });
  afterEach(() => void vi.restoreAllMocks());

  test('is noticed, its run keeps its events, and the next one gets a fresh worker', async () => {
    const events = await ask('close');
    expect(events[0]).toEqual({ type: 'phase', phase: 'read' });
    expect(events.at(-1)).toMatchObject(gone);
    expect(onLost).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'INTERNAL' }), false);
    expect((await ask('end')).at(-1)).toEqual({ type: 'cancelled', step: null });
    expect(workers).toBe(2);
  });

  test('is given up after the time of silence where there are no Web Locks', async () => {
    vi.spyOn(navigator, 'locks', 'get').mockReturnValue(undefined as unknown as LockManager);
    engine = new LiveEngine({ spawn, onLost, silenceMs: 500 });
    expect((await ask('close')).at(-1)).toMatchObject({ type: 'failed', error: { code: 'TIMEOUT', retry: true } });
  });

  test('is noticed when it ends in the middle of a long pass', async () => {
    expect((await ask('toil and close')).at(-1)).toMatchObject(gone);
  });

  test('while nothing runs is told as such', async () => {
    await ask('close later');
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'INTERNAL' }), true), 30_000);
  });

  test('is told from another session’s that is busy and cannot answer', async () => {
    const other = new LiveEngine({ spawn, onLost: otherLost, silenceMs });
    const toiling = ask('toil', undefined, other);
    expect((await ask('close')).at(-1)).toMatchObject(gone);
    expect(await toiling).toEqual([
      { type: 'phase', phase: 'read' },
      { type: 'cancelled', step: 5 },
    ]);
    expect(otherLost).not.toHaveBeenCalled();
    other.unload();
  });
});

test('a silent worker is given up', async () => {
  engine = new LiveEngine({ spawn, onLost, silenceMs: 500 });
  expect((await ask('ignore')).at(-1)).toMatchObject({ type: 'failed', error: { code: 'TIMEOUT', retry: true } });
});

test('a worker at work for long shows signs of life, and is not given up', async () => {
  engine = new LiveEngine({ spawn, onLost, silenceMs: 2500 });
  expect(await ask('labour')).toEqual([
    { type: 'phase', phase: 'read' },
    { type: 'cancelled', step: 3 },
  ]);
});

test('a call that throws, and a run that ends without saying how, are failures', async () => {
  expect((await ask('throw')).at(-1)).toMatchObject({ type: 'failed', error: { detail: expect.stringContaining('thrown inside') } });
  expect((await ask('forget')).at(-1)).toMatchObject({ type: 'failed', error: { code: 'PROTOCOL' } });
});

test('unloading ends a run at once', async () => {
  setTimeout(() => engine.unload(), 300);
  expect((await ask('ignore')).at(-1)).toEqual({ type: 'cancelled', step: null });
});

test('a run that is stopped before it starts never reaches a worker', async () => {
  const stopped = AbortSignal.abort();
  const events: RunEvent[] = [];
  for await (const event of engine.source(request('q')).start(stopped)) events.push(event);
  expect(events).toEqual([{ type: 'cancelled', step: null }]);
  expect(workers).toBe(0);
});

test('a load that is cancelled says so', async () => {
  const types: string[] = [];
  const signal = new AbortController().signal;
  for await (const event of engine.load({ source: { kind: 'site', url: 'models/x/' }, dtype: 'auto', device: 'auto' }, signal))
    types.push(event.type);
  expect(types).toEqual(['phase', 'cancelled']);
});

test('a load that fails takes its thread along, and says nothing beside its failure', async () => {
  const types: string[] = [];
  const loading = engine.load({ source: { kind: 'site', url: 'too-large' }, dtype: 'auto', device: 'auto' }, new AbortController().signal);
  for await (const event of loading) types.push(event.type);
  expect(types).toEqual(['phase', 'failed']);
  expect(onLost).not.toHaveBeenCalled();
  await ask('end');
  expect(workers).toBe(2);
});

test('a device lost while nothing runs is told, and ends the worker', async () => {
  const loading = engine.load(
    { source: { kind: 'site', url: 'short-lived' }, dtype: 'auto', device: 'auto' },
    new AbortController().signal,
  );
  for await (const event of loading) expect(['phase', 'ready']).toContain(event.type);
  expect(onLost).not.toHaveBeenCalled();
  await vi.waitFor(() => expect(onLost).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ code: 'DEVICE_LOST' }), true), {
    timeout: 30_000,
  });
  await ask('end');
  expect(workers).toBe(2);
});

test('a model that is never ready is given up with a way on, and a cancel does not wait for that', async () => {
  const load = async (engine: LiveEngine, signal: AbortSignal, watch: (type: string) => void = () => undefined) => {
    const events: LoadEvent[] = [];
    for await (const event of engine.load({ source: { kind: 'site', url: 'endless' }, dtype: 'auto', device: 'auto' }, signal)) {
      events.push(event);
      watch(event.type === 'phase' ? event.phase : event.type);
    }
    return events.at(-1);
  };
  // Started beforehand: how long a thread takes to start is none of the time that is given here.
  const started = spawn();
  await wrap<EngineService>(started).unload();
  const hasty = new LiveEngine({ spawn: () => started, onLost, silenceMs: 6000 });
  expect(await load(hasty, new AbortController().signal)).toMatchObject({
    type: 'failed',
    error: {
      code: 'TIMEOUT',
      message: expect.stringContaining('may never come to an end'),
      action: expect.stringContaining('another model'),
    },
  });
  const abort = new AbortController();
  expect(await load(engine, abort.signal, (phase) => phase === 'compile' && abort.abort())).toEqual({ type: 'cancelled' });
  await ask('end');
  expect(workers).toBe(3);
});
