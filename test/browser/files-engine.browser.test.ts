// A model from a hub, through the engine: looked at, stopped, downloaded, kept, loaded again without a connection, deleted.
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ModelSource } from '../../src/engine/model-source';
import type { LoadEvent } from '../../src/events/events';
import { EMBEDDED_ID } from '../hub/made-up';
import { good, hub, plain } from './files-tab';
import { TestWorker } from './helpers';

const id = `${EMBEDDED_ID}--engine`;
const source: ModelSource = { kind: 'hub', host: hub.origin, id, revision: 'main' };
const worker = new TestWorker();

const progress = (events: readonly LoadEvent[]) => events.flatMap((event) => (event.type === 'progress' ? [event] : []));

beforeAll(async () => {
  await Promise.all([hub.reset(), plain.reset()]);
  good(await worker.service.forget(null));
});
afterAll(() => worker.end());

it('is looked at without its weights, and nothing of it is called stored', async () => {
  const report = good(await worker.service.inspect({ source }));
  expect(report).toMatchObject({ id, name: 'noema-tiny', revision: expect.stringMatching(/^[0-9a-f]{40}$/) as string });
  expect(report.dtypes.map(({ dtype }) => dtype)).toContain('q4');
  expect(report.dtypes.every(({ stored, footprint }) => stored === 0 && footprint.download > 1e6)).toBe(true);
  expect((await hub.log()).filter(({ part }) => part === 'storage')).toEqual([]);
  expect(good(await worker.service.stored())).toEqual([]);
});

it('is stopped in the middle, and goes on from there', async () => {
  const stopped = await worker.load({ source, dtype: 'q4' }, (event, cancel) => {
    if (event.type === 'progress' && event.loaded > 0.4 * event.total) cancel();
  });
  expect(stopped.at(-1)?.type).toBe('cancelled');
  const loaded = await worker.load({ source, dtype: 'q4' });
  expect(loaded.at(-1)).toMatchObject({ type: 'ready', model: { id, dtype: 'q4' } });
  const bytes = progress(loaded);
  expect(bytes.at(-1)?.loaded).toBe(bytes.at(-1)?.total);
  expect(bytes.at(-1)?.received).toBeLessThan(bytes.at(-1)?.total ?? 0);
  expect(bytes.every(({ loaded }, i) => i === 0 || loaded >= bytes[i - 1].loaded)).toBe(true);
});

it('is kept, told with its size, and loaded again without a connection', async () => {
  const [model, ...others] = good(await worker.service.stored());
  expect(others).toEqual([]);
  expect(model).toMatchObject({ name: id, partial: false });
  const report = good(await worker.service.inspect({ source })).dtypes.find(({ dtype }) => dtype === 'q4');
  expect(report?.stored).toBe(report?.footprint.download);
  await hub.misbehave({ repository: id, noCors: true });
  const again = await worker.load({ source, dtype: 'q4' });
  expect(again.at(-1)).toMatchObject({ type: 'ready', model: { id } });
  expect(progress(again).every(({ received }) => received === 0)).toBe(true);
  await hub.reset();
});

it('is deleted while it runs, for it no longer needs its files', async () => {
  const [{ key }] = good(await worker.service.stored());
  good(await worker.service.forget(key));
  expect(good(await worker.service.stored())).toEqual([]);
  expect(good(await worker.service.inspect({ source })).dtypes.every(({ stored }) => stored === 0)).toBe(true);
});

it('is loaded from any server, and from a folder of the visitor', async () => {
  const url: ModelSource = { kind: 'url', url: `${plain.origin}/${EMBEDDED_ID}/` };
  expect((await worker.load({ source: url, dtype: 'q4' })).at(-1)).toMatchObject({ type: 'ready', model: { dtype: 'q4' } });
  const paths = [
    'manifest.json',
    'config.json',
    'generation_config.json',
    'preprocessor_config.json',
    'tokenizer.json',
    'tokenizer_config.json',
  ];
  const manifest = (await (await fetch(`${url.url}manifest.json`)).json()) as { files: Record<string, unknown> };
  const weights = Object.keys(manifest.files).filter((path) => path.includes('_q4.onnx'));
  const files = await Promise.all(
    [...paths, ...weights].map(async (path) => ({
      path: `mine/${path}`,
      file: new File([await (await fetch(url.url + path)).blob()], path.split('/').at(-1) ?? ''),
    })),
  );
  const folder: ModelSource = { kind: 'folder', name: 'mine', files };
  expect((await worker.load({ source: folder, dtype: 'q4' })).at(-1)).toMatchObject({ type: 'ready', model: { id: 'mine', dtype: 'q4' } });
  good(await worker.service.forget(null));
});
