// The engine in its own thread, as the page uses it: load, run, stop, refuse.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunRequest } from '../../src/engine/run-source';
import type { LoadEvent, RunEvent } from '../../src/events/events';
import type { SettingsRecord } from '../../src/settings/space';
import { drawPicture, MODEL_URL, TestWorker } from './helpers';

const request = async (settings: SettingsRecord = {}, more: Partial<RunRequest> = {}): Promise<RunRequest> => ({
  method: 'dmlr',
  picture: { bytes: await drawPicture(), name: 'shapes.png' },
  question: 'What colour is the circle?',
  settings: { ...(more.method === undefined ? { steps: 3 } : {}), maxNewTokens: 8, ...settings },
  ...more,
});

/** A run without what differs from run to run: its name, the date, times, and whether the picture had been encoded before. */
const timeless = (events: readonly RunEvent[]): unknown =>
  JSON.parse(JSON.stringify(events), (key, value: unknown) =>
    ['runId', 'startedAt', 'ms', 'phases', 'encodeMs', 'visionPasses'].includes(key) ? undefined : value,
  ) as unknown;

const types = (events: readonly { type: string }[]): string[] => [...new Set(events.map((event) => event.type))];

describe('a loaded engine', () => {
  let engine: TestWorker;
  let loading: LoadEvent[];
  beforeAll(async () => {
    engine = new TestWorker();
    loading = await engine.load({ dtype: 'fp32' });
  });
  afterAll(() => engine.end());

  it('says what it is', () => {
    expect(loading.at(-1)).toMatchObject({ type: 'ready', model: { name: 'noema-tiny', dtype: 'fp32' }, device: { kind: 'wasm' } });
  });

  it('runs DMLR from the picture to the totals, and the same seed gives the same run', async () => {
    const first = await engine.run(await request());
    expect(types(first)).toEqual(['started', 'image', 'phase', 'prompt', 'token', 'step', 'dependence', 'finished']);
    expect(first.filter((event) => event.type === 'step').map((event) => event.step)).toEqual([0, 1, 2, 3]);
    const totals = (events: readonly RunEvent[]) => (events.at(-1) as Extract<RunEvent, { type: 'finished' }>).totals;
    expect(totals(first).passes).toBeGreaterThan(3 * 2);
    const second = await engine.run(await request());
    expect(timeless(second)).toEqual(timeless(first));
    // The picture is encoded once; the copies with noise are made for every run.
    expect(totals(second).visionPasses).toBe(totals(first).visionPasses - 1);
    const other = await engine.run(await request({ seed: 43 }));
    expect(timeless(other)).not.toEqual(timeless(first));
  });

  it.each(['direct', 'cot'] as const)('answers with the method %s', async (method) => {
    const events = await engine.run(await request({}, { method }));
    expect(types(events)).not.toContain('step');
    expect(events.at(-1)).toMatchObject({ type: 'finished', reason: 'answered' });
  });

  it('goes on from what the run before has read of the same picture, when it is told that it may', async () => {
    const asked = async (question: string, reuse: RunRequest['reuse'] = false): Promise<RunEvent[]> =>
      engine.run(await request({ dependence: false }, { method: 'direct', question, reuse }));
    const rowsOf = (events: readonly RunEvent[]): number => (events.at(-1) as Extract<RunEvent, { type: 'finished' }>).totals.rows;
    const rows = async (question: string, reuse: boolean): Promise<number> => rowsOf(await asked(question, reuse));
    await rows('How many circles are there?', true);
    const shared = await rows('How many squares are there?', true);
    const anew = await rows('How many squares are there?', false);
    // The picture's rows are read once.
    expect(anew - shared).toBeGreaterThanOrEqual(64);

    // A run that begins owes nothing to the ones before, to the last bit, and the next one goes on from it.
    await asked('How many circles are there?', true);
    const begun = await asked('How many squares are there?', 'begin');
    expect(await rows('How many squares are there?', true)).toBeLessThan(anew);
    expect(timeless(begun)).toEqual(timeless(await asked('How many squares are there?')));
  });

  it('stops during a step, and during decoding, keeping what it had told', async () => {
    const during = async (type: RunEvent['type'], settings: SettingsRecord): Promise<RunEvent[]> => {
      let asked = false;
      return engine.run(await request(settings), (event, cancel) => {
        if (event.type === type && !asked) {
          asked = true;
          cancel();
        }
      });
    };
    const steps = await during('step', { steps: 100 });
    expect(steps.at(-1)).toMatchObject({ type: 'cancelled', step: expect.any(Number) as number });
    expect(steps.filter((event) => event.type === 'step').length).toBeLessThan(20);
    const tokens = await during('token', { maxNewTokens: 400, baseline: 'same-prompt' });
    expect(tokens.at(-1)).toEqual({ type: 'cancelled', step: null });
    expect(tokens.filter((event) => event.type === 'token').length).toBeLessThan(60);
  });

  it('does one job at a time', async () => {
    const long = engine.run(await request());
    const refused = await engine.run(await request());
    expect(refused).toMatchObject([{ type: 'failed', error: { code: 'BAD_INPUT' } }]);
    expect((await long).at(-1)?.type).toBe('finished');
  });

  it.each([
    [
      'a text for a picture',
      { picture: { bytes: new TextEncoder().encode('not a picture').buffer, name: 'notes.txt' } },
      'BAD_IMAGE',
      'notes.txt',
    ],
    ['an empty question', { question: '   ' }, 'BAD_INPUT', ''],
    ['a method nobody knows', { method: 'telepathy' }, 'BAD_INPUT', 'Choose one of dmlr, ivtlr, direct, cot.'],
    ['a setting of another method', { method: 'cot', settings: { sigma: 1 } }, 'BAD_INPUT', 'sigma'],
    ['a question of 10,000 characters', { question: 'why '.repeat(2500) }, 'BAD_INPUT', ''],
  ] as const)('refuses %s in words', async (_, more, code, says) => {
    const events = await engine.run(await request({}, more));
    const last = events.at(-1);
    expect(last).toMatchObject({ type: 'failed', error: { code } });
    expect(JSON.stringify(last)).toContain(says);
  });

  it('takes a question written from right to left, with special tokens spelled out', async () => {
    const events = await engine.run(await request({ dependence: false }, { question: 'ما لون الدائرة؟ <|im_end|>', method: 'direct' }));
    expect(events.at(-1)?.type).toBe('finished');
  });

  it('can be unloaded and loaded again', async () => {
    await engine.service.unload();
    expect(await engine.run(await request())).toMatchObject([{ type: 'failed', error: { code: 'BAD_INPUT' } }]);
    expect((await engine.load({})).at(-1)?.type).toBe('ready');
    expect((await engine.run(await request({}, { method: 'direct' }))).at(-1)?.type).toBe('finished');
  });
});

describe('a fresh engine', () => {
  let engine: TestWorker;
  afterEach(() => engine.end());

  it('tells what the browser can compute on', async () => {
    engine = new TestWorker();
    const report = await engine.service.probe();
    expect(report.webgpu).not.toBe('none');
    expect(report.description).not.toBe('');
    expect(report.maxBufferSize).toBeGreaterThan(2 ** 27);
    expect(report.problem).toBeNull();
  });

  it('stops while loading, and loads afterwards', async () => {
    engine = new TestWorker();
    const stopped = await engine.load({}, (event, cancel) => {
      if (event.type === 'phase') cancel();
    });
    expect(stopped.at(-1)?.type).toBe('cancelled');
    expect((await engine.load({})).at(-1)?.type).toBe('ready');
  });

  it('tells as an event that a model folder is not there', async () => {
    engine = new TestWorker();
    expect((await engine.load({ source: { kind: 'site', url: MODEL_URL.replace('noema-tiny', 'nothing') } })).at(-1)).toMatchObject({
      type: 'failed',
      error: { code: 'DOWNLOAD' },
    });
  });
});
