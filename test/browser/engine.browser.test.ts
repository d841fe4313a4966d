// The engine end to end in its own thread: load, run, stop.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/settings/schema';
import { drawPicture, TestWorker } from './helpers';

describe.each(['wasm', 'webgpu'] as const)('on %s', (device) => {
  let engine: TestWorker;
  beforeEach(() => {
    engine = new TestWorker();
  });
  afterEach(() => engine.end());

  it('loads the embedded model and runs DMLR to the end', async () => {
    const begun = performance.now();
    const loading = await engine.load({ device });
    console.log(device, 'load', JSON.stringify(loading.filter((e) => e.type !== 'progress')), performance.now() - begun);
    expect(loading.at(-1)?.type).toBe('ready');
    const picture = { bytes: await drawPicture(), name: 'shapes.png' };
    const events = await engine.run({ method: 'dmlr', picture, question: 'What colour is the circle?', settings: DEFAULT_SETTINGS });
    const last = events.at(-1);
    console.log(device, JSON.stringify(last), events.length);
    expect(last?.type).toBe('finished');
  });
});
