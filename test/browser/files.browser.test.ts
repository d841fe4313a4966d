// Downloads of models as a visitor's network and tabs will have them: killed, cut, stalled, refused, spoilt; every byte once.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MADE_UP_FILES } from '../hub/made-up';
import { bad, good, hub, killTabs, listed, open, ownRepository, QUICK } from './files-tab';

const BIG = 'onnx/decoder.onnx_data';
const SIZE = MADE_UP_FILES[BIG];
const CHUNK = QUICK.chunkBytes as number;
const MIDDLE = 'onnx/embed.onnx';

beforeEach(() => hub.reset());
afterEach(killTabs);

describe('a repository of a hub', () => {
  it('is opened at its commit, listed over several pages, and fetched once', async () => {
    const { source, id } = ownRepository();
    const tab = await open(source);
    const about = good(await tab.host.open(source, { tuning: QUICK }));
    expect(about).toMatchObject({ id, name: id.split('/')[1], licence: 'apache-2.0' });
    expect(about.revision).toMatch(/^[0-9a-f]{40}$/);
    const list = new Map(good(await tab.host.list()));
    expect(Object.fromEntries([...list].map(([path, { bytes }]) => [path, bytes]))).toEqual(MADE_UP_FILES);
    expect([...list].filter(([, { sha256 }]) => sha256 !== null).map(([path]) => path)).toEqual(['onnx/decoder.onnx', BIG, MIDDLE]);

    const [small, large] = await Promise.all([tab.fetch('config.json'), tab.fetch(MIDDLE)]);
    expect(good(small).bytes).toBe(MADE_UP_FILES['config.json']);
    expect(good(large)).toEqual({ bytes: MADE_UP_FILES[MIDDLE], sha256: await listed(tab, MIDDLE) });
    const asked = (await hub.log()).length;
    expect(good(await tab.fetch(MIDDLE)).bytes).toBe(MADE_UP_FILES[MIDDLE]);
    expect((await hub.log()).length).toBe(asked);
    expect(await tab.host.stored(MIDDLE)).toBe(MADE_UP_FILES[MIDDLE]);
    expect(await tab.host.stored(BIG)).toBe(0);
    expect(good(await tab.host.facts('nothing.json'))).toBeNull();
  });

  it('gets no cookies and no referrer, and its storage neither token nor preflight', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ repository: id, gated: 'secret' });
    const tab = await open(source, { token: 'secret' });
    good(await tab.fetch(MIDDLE));
    good(await tab.fetch('config.json'));
    const log = await hub.log();
    expect(log.filter(({ cookie, referrer }) => cookie || referrer !== null)).toEqual([]);
    const storage = log.filter(({ part }) => part === 'storage');
    expect(storage.map(({ method, authorized, status }) => ({ method, authorized, status }))).toEqual([
      { method: 'GET', authorized: false, status: 200 },
    ]);
    expect(log.some(({ part, authorized }) => part === 'resolve' && authorized)).toBe(true);
  });

  it('is fetched three files at a time; those that wait are cancelled like the others', async () => {
    const { source, id } = ownRepository();
    const tab = await open(source, { tuning: { ...QUICK, stallMs: 60_000 } });
    await hub.misbehave({ repository: id, holdAt: 1000 });
    const all = Object.keys(MADE_UP_FILES).map((path) => tab.fetch(path));
    const begun = async () => new Set((await hub.log()).flatMap(({ part, file }) => (part === 'resolve' ? [file] : []))).size;
    await expect.poll(begun).toBe(3);
    await expect.poll(async () => (await hub.log()).filter(({ bytes }) => bytes === 1000).length).toBe(3);
    expect(await begun()).toBe(3);
    await tab.host.abort();
    for (const stopped of await Promise.all(all)) expect(bad(stopped).code).toBe('CANCELLED');
    expect(await begun()).toBe(3);
  });

  it('killed at 30, 60 and 95 % and resumed gives the same bytes, at most a chunk of them twice', async () => {
    const { source, id } = ownRepository();
    const sha256 = await listed(await open(source), BIG);
    for (const share of [0.3, 0.6, 0.95]) {
      const at = Math.floor(SIZE * share);
      await hub.misbehave({ at: 'storage', repository: id, holdAt: at, times: 1 });
      const tab = await open(source, { tuning: { ...QUICK, stallMs: 60_000 } });
      void tab.fetch(BIG);
      await tab.reaches(at);
      tab.kill();
      expect(await hub.sent(BIG)).toBeLessThanOrEqual(at + 3 * CHUNK);
    }
    const last = await open(source);
    expect(good(await last.fetch(BIG))).toEqual({ bytes: SIZE, sha256 });
    expect(last.told[0].bytes).toBeGreaterThan(SIZE * 0.95 - CHUNK);
    expect(last.told.at(-1)?.received).toBeLessThanOrEqual(SIZE * 0.05 + CHUNK);
    const sent = await hub.sent(BIG);
    expect(sent).toBeGreaterThan(SIZE);
    expect(sent).toBeLessThanOrEqual(SIZE + 3 * CHUNK);
    const ranges = (await hub.log()).filter(({ part }) => part === 'storage').map(({ range }) => range);
    expect(ranges).toEqual([null, ...[0.3, 0.6, 0.95].map((share) => `bytes=${Math.floor((SIZE * share) / CHUNK) * CHUNK}-`)]);
  });

  it('stopped by the person goes on at the very byte', async () => {
    const { source, id } = ownRepository();
    const tab = await open(source, { tuning: { ...QUICK, stallMs: 60_000 } });
    await hub.misbehave({ at: 'storage', repository: id, holdAt: 1_234_567, times: 1 });
    const fetching = tab.fetch(BIG);
    await tab.reaches(1_234_567);
    await tab.host.abort();
    expect(bad(await fetching).code).toBe('CANCELLED');
    expect(await tab.host.stored(BIG)).toBe(1_234_567);
    good(await tab.fetch(BIG));
    expect(await hub.sent(BIG)).toBe(SIZE);
  });

  it('closed while it is downloaded stops, keeps what came, and may be deleted at once', async () => {
    const { source, id } = ownRepository();
    const tab = await open(source);
    await hub.misbehave({ at: 'storage', repository: id, holdAt: 1_500_000, times: 1 });
    const fetching = tab.fetch(BIG);
    await tab.reaches(1_500_000);
    await tab.host.close();
    expect(bad(await fetching).code).toBe('CANCELLED');
    const model = good(await tab.host.models()).find(({ name }) => name === id);
    expect(model).toMatchObject({ bytes: 1_500_000, partial: true });
    good(await tab.host.forget(model?.key ?? ''));
    expect(await tab.host.stored(BIG)).toBe(0);
  });

  it('cut off, or silent, goes on by itself at the very byte', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ at: 'storage', repository: id, cutAt: 1_000_000, times: 1 });
    await hub.misbehave({ at: 'storage', repository: id, holdAt: 2_000_000, times: 2 });
    // The later rule waits for the second answer: the first is cut before it comes to it.
    // Longer than a busy machine holds up an answer: one that is asked for again too early would be counted.
    const tab = await open(source, { tuning: { ...QUICK, stallMs: 3000 } });
    expect(good(await tab.fetch(BIG)).sha256).toBe(await listed(tab, BIG));
    // A cut connection takes with it what the browser had read ahead.
    expect(await hub.sent(BIG)).toBeLessThanOrEqual(SIZE + 8 * CHUNK);
    expect((await hub.log()).filter(({ part, range }) => part === 'storage' && range !== null)).toHaveLength(2);
    const bytes = tab.told.map((told) => told.bytes);
    expect(bytes.every((value, i) => i === 0 || value >= bytes[i - 1])).toBe(true);
    expect(tab.told.at(-1)).toEqual({ bytes: SIZE, received: SIZE });
  });

  it('with a body shorter than listed is fetched to the end, or refused when the file is that short', async () => {
    const once = ownRepository();
    await hub.misbehave({ at: 'storage', repository: once.id, shortBy: 1_000, times: 1 });
    const tab = await open(once.source);
    expect(good(await tab.fetch(MIDDLE)).sha256).toBe(await listed(tab, MIDDLE));
    expect(await hub.sent(MIDDLE)).toBe(MADE_UP_FILES[MIDDLE]);

    const always = ownRepository();
    await hub.misbehave({ at: 'storage', repository: always.id, shortBy: 1_000 });
    expect(bad(await (await open(always.source)).fetch(MIDDLE))).toMatchObject({ code: 'INTEGRITY', retry: true });
  });

  it('with one wrong bit is refused, named, removed, and fetched anew', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ at: 'storage', repository: id, flip: 250_000, times: 1 });
    const tab = await open(source);
    expect(bad(await tab.fetch(MIDDLE))).toMatchObject({
      code: 'INTEGRITY',
      message: 'embed.onnx did not arrive as it was published.',
      retry: true,
    });
    expect(await tab.host.stored(MIDDLE)).toBe(0);
    expect(good(await tab.fetch(MIDDLE)).sha256).toBe(await listed(tab, MIDDLE));
  });

  it('is also downloaded from servers without lengths, without ranges, and slow ones', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ at: 'storage', repository: id, file: 'decoder.onnx', noLength: true });
    await hub.misbehave({ at: 'storage', repository: id, file: MIDDLE, noRanges: true });
    await hub.misbehave({ at: 'storage', repository: id, file: MIDDLE, cutAt: 400_000, times: 1 });
    await hub.misbehave({ repository: id, file: 'tokenizer.json', bytesPerSecond: 200_000 });
    const tab = await open(source);
    expect(good(await tab.fetch('onnx/decoder.onnx')).sha256).toBe(await listed(tab, 'onnx/decoder.onnx'));
    expect(good(await tab.fetch(MIDDLE)).sha256).toBe(await listed(tab, MIDDLE));
    expect(await hub.sent(MIDDLE)).toBe(900_000);
    tab.told.length = 0;
    good(await tab.fetch('tokenizer.json'));
    expect(new Set(tab.told.map(({ bytes }) => bytes)).size).toBeGreaterThan(2);
  });

  it('is opened without a connection once it is here', async () => {
    const { source, id } = ownRepository();
    const tab = await open(source);
    good(await tab.fetch('config.json'));
    good(await tab.fetch(MIDDLE));
    await hub.misbehave({ repository: id, status: 503 });
    expect(bad(await tab.host.open(source, { tuning: QUICK })).code).toBe('DOWNLOAD');
    await tab.host.touch(true);
    for (const rule of [{ status: 503 }, { noCors: true }] as const) {
      await hub.reset();
      await hub.misbehave({ repository: id, ...rule });
      const later = await open(source);
      expect(good(await later.fetch(MIDDLE)).bytes).toBe(MADE_UP_FILES[MIDDLE]);
      expect(bad(await later.fetch('tokenizer.json')).code).toBe('DOWNLOAD');
    }
  });
});

describe('two tabs', () => {
  it('download a file once; the second waits, says so, and uses it', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ at: 'storage', repository: id, bytesPerSecond: 6_000_000 });
    const [first, second] = [await open(source), await open(source)];
    const fetching = first.fetch(BIG);
    await first.reaches(1);
    const waiting = second.fetch(BIG);
    await second.reaches(CHUNK);
    expect(good(await waiting)).toEqual(good(await fetching));
    expect(second.notices).toEqual(['Another tab is downloading this model; its files are used here too.']);
    expect(second.told.every(({ received }) => received === 0)).toBe(true);
    expect(await hub.sent(BIG)).toBe(SIZE);
  });

  it('go on with each other’s work when one of them dies', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ at: 'storage', repository: id, holdAt: 2_000_000, times: 1 });
    const [first, second] = [await open(source, { tuning: { ...QUICK, stallMs: 60_000 } }), await open(source)];
    void first.fetch(BIG);
    await first.reaches(2_000_000);
    const waiting = second.fetch(BIG);
    await second.reaches(2_000_000);
    first.kill();
    expect(good(await waiting).sha256).toBe(await listed(second, BIG));
    expect(await hub.sent(BIG)).toBeLessThanOrEqual(SIZE + CHUNK);
  });
});
