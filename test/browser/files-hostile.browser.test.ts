// Storage that is offered and refuses, and small files that unpack to fill the disk: what only a browser's own storage can tell.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LISTED_FOLDER, MADE_UP_FILES } from '../hub/made-up';
import { bad, good, hub, killTabs, listed, ownRepository, plain, QUICK, Tab, tabs } from './files-tab';
import type { RefusedCall } from './files.worker';

const MIDDLE = 'onnx/embed.onnx';
const MEBI = 2 ** 20;
const LISTED = { kind: 'url', url: `${plain.origin}/${LISTED_FOLDER}/` } as const;

beforeEach(async () => {
  await Promise.all([hub.reset(), plain.reset()]);
});
afterEach(killTabs);

/** A tab whose storage refuses these calls from its first moment on. */
async function tabWithout(...calls: readonly RefusedCall[]): Promise<Tab> {
  const tab = new Tab();
  tabs.push(tab);
  await tab.host.refuseStorage([...calls]);
  return tab;
}

describe('storage that is offered and refuses', () => {
  it.each<[RefusedCall[]]>([
    [['directory']],
    [['file']],
    [['handle']],
    [['write']],
    [['read']],
    [['handle', 'cache']],
    [['handle', 'cache', 'locks', 'estimate']],
  ])('%o gives way to the next place, and the model comes all the same', async (calls) => {
    const tab = await tabWithout(...calls);
    good(await tab.host.open(ownRepository().source, { tuning: QUICK }));
    const sha256 = await listed(tab, MIDDLE);
    expect(good(await tab.fetch(MIDDLE))).toEqual({ bytes: MADE_UP_FILES[MIDDLE], sha256 });
    good(await tab.fetch(MIDDLE));
    expect(await hub.sent(MIDDLE)).toBe(MADE_UP_FILES[MIDDLE]);
    good(await tab.host.models());
    expect(tab.notices).toEqual([]);
  });

  it('in the middle of a visit gives way to memory, which is said', async () => {
    const tab = await tabWithout();
    good(await tab.host.open(ownRepository().source, { tuning: QUICK }));
    good(await tab.fetch('config.json'));
    await tab.host.refuseStorage(['handle']);
    const sha256 = await listed(tab, MIDDLE);
    expect(good(await tab.fetch(MIDDLE))).toEqual({ bytes: MADE_UP_FILES[MIDDLE], sha256 });
    expect(tab.notices).toEqual([expect.stringContaining('kept in memory')]);
    await tab.host.touch(true);
  });
});

describe('a small file that unpacks to fill the disk', () => {
  it.each(['manifest.json', 'config.json'])('%s is refused when it goes on, and nothing of it is kept', async (path) => {
    await plain.misbehave({ file: path, blanks: 100 * MEBI });
    const tab = await tabWithout();
    good(await tab.host.open(LISTED, { tuning: QUICK }));
    expect(bad(await tab.fetch(path))).toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining(`${path} is larger than`) as string,
    });
    expect(tab.told.length).toBeGreaterThan(0);
    expect(Math.max(...tab.told.map(({ bytes }) => bytes))).toBeLessThanOrEqual(4 * MEBI);
    expect(await tab.host.stored(path)).toBe(0);
  });

  it('of weights is refused beyond what was agreed to', async () => {
    await plain.misbehave({ file: MIDDLE, blanks: 20 * MEBI });
    const tab = await tabWithout();
    good(await tab.host.open({ kind: 'url', url: `${plain.origin}/made/up/` }, { tuning: QUICK }));
    expect(bad(await tab.fetch(MIDDLE, { most: 10 * MEBI }))).toMatchObject({ code: 'BAD_MODEL' });
    expect(await tab.host.stored(MIDDLE)).toBe(0);
  });

  it('of a hub is no list of files', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ at: 'api', repository: id, blanks: 100 * MEBI });
    const tab = await tabWithout();
    const opened = await tab.host.open(source, { tuning: QUICK });
    expect(opened.ok ? good(await tab.host.list()) : null).toBeNull();
  });
});
