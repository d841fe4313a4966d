// What of models is kept in the browser: listed, deleted, kept apart by commit, in whichever storage there is.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MADE_UP_FILES } from '../hub/made-up';
import { bad, good, hub, killTabs, listed, open, ownRepository, QUICK } from './files-tab';

const BIG = 'onnx/decoder.onnx_data';
const SIZE = MADE_UP_FILES[BIG];
const CHUNK = QUICK.chunkBytes as number;
const MIDDLE = 'onnx/embed.onnx';

beforeEach(() => hub.reset());
afterEach(killTabs);

describe('what is stored', () => {
  it('is listed, whole or in part, and deleted; not while anyone uses it', async () => {
    const { source, id } = ownRepository();
    const tab = await open(source);
    const other = await open(source);
    const find = async () => good(await other.host.models()).find(({ name }) => name === id);
    good(await tab.fetch('config.json'));
    expect(await find(), 'only looked at').toBeUndefined();
    good(await tab.fetch(BIG));
    expect(await find()).toMatchObject({ bytes: SIZE + MADE_UP_FILES['config.json'], partial: true, lastUsed: null });
    const before = Date.now();
    await tab.host.touch(true);
    const model = await find();
    expect(model).toMatchObject({ partial: false });
    expect(model?.lastUsed).toBeGreaterThanOrEqual(before);
    expect(model?.lastUsed).toBeLessThanOrEqual(Date.now());
    expect(good(await other.host.models())[0].name).toBe(id);

    const key = model?.key ?? '';
    expect(bad(await other.host.forget(key))).toMatchObject({
      code: 'BAD_INPUT',
      retry: true,
      message: expect.stringContaining(id) as string,
    });
    expect(bad(await other.host.forget(null)).code).toBe('BAD_INPUT');
    expect(await find()).toBeDefined();
    await tab.host.close();
    good(await other.host.forget(key));
    expect(await find()).toBeUndefined();
    expect(await tab.host.stored(BIG)).toBe(0);
    good(await tab.fetch(MIDDLE));
    tab.kill();
    await expect.poll(async () => (await other.host.forget(null)).ok, { timeout: 30_000 }).toBe(true);
    expect(good(await other.host.models())).toEqual([]);
  });

  it('is kept apart by commit, and told apart in the list', async () => {
    const { source, id } = ownRepository();
    const before = await open(source);
    good(await before.fetch(BIG));
    await hub.misbehave({ repository: id, commit: 'c0ffee5'.padEnd(40, '0') });
    const after = await open(source);
    expect(await after.host.stored(BIG)).toBe(0);
    good(await after.fetch(BIG));
    await after.host.touch(true);
    const names = good(await after.host.models()).filter(({ name }) => name.startsWith(`${id} @ `));
    expect(names[0]).toMatchObject({ name: `${id} @ c0ffee5`, partial: false });
    expect(names[1]).toMatchObject({ partial: true });
    expect(names).toHaveLength(2);
  });

  it('is kept in the Cache API where there is no file system, and resumed from there', async () => {
    const { source, id } = ownRepository();
    const at = 1_700_000;
    await hub.misbehave({ at: 'storage', repository: id, holdAt: at, times: 1 });
    const options = { store: 'cache', tuning: { ...QUICK, stallMs: 60_000 } } as const;
    const tab = await open(source, options);
    void tab.fetch(BIG);
    await tab.reaches(at);
    tab.kill();
    const next = await open(source, options);
    expect(good(await next.fetch(BIG)).sha256).toBe(await listed(next, BIG));
    // What the network gives in one go may be larger than a chunk, and is stored whole.
    expect(await hub.sent(BIG)).toBeLessThanOrEqual(SIZE + 3 * CHUNK);
    expect(await next.host.stored(BIG)).toBe(SIZE);
    const asked = (await hub.log()).length;
    good(await next.fetch(BIG));
    expect((await hub.log()).length).toBe(asked);
  });

  it('is in memory where there is neither', async () => {
    const { source } = ownRepository();
    const tab = await open(source, { store: 'memory' });
    expect(good(await tab.fetch(MIDDLE)).sha256).toBe(await listed(tab, MIDDLE));
    good(await tab.fetch(MIDDLE));
    expect(await hub.sent(MIDDLE)).toBe(MADE_UP_FILES[MIDDLE]);
  });
});
