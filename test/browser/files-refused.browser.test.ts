// What is said when a model's files cannot be had, from a hub, a plain folder or the visitor's disk; and what is tried before.
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cdp } from 'vitest/browser';
import type { ModelSource } from '../../src/engine/model-source';
import { LISTED_FILE, LISTED_FOLDER, MADE_UP_FILES, MADE_UP_ID, OLD_FOLDER } from '../hub/made-up';
import { bad, good, hub, open, ownRepository, plain, QUICK, Tab, tabs } from './files-tab';

const BIG = 'onnx/decoder.onnx_data';
const MIDDLE = 'onnx/embed.onnx';
const TOKENIZER = 'tokenizer.json';
const LONG_AGO = 'Thu, 01 Jan 2015 00:00:00 GMT';
const MADE_UP: ModelSource = { kind: 'url', url: `${plain.origin}/${MADE_UP_ID}/` };

/** What opening the source says. */
async function openingOf(source: ModelSource, token?: string) {
  const tab = new Tab();
  tabs.push(tab);
  return bad(await tab.host.open(source, { tuning: QUICK, ...(token === undefined ? {} : { token }) }));
}

const mentions = (...words: string[]): unknown => expect.stringMatching(new RegExp(words.join('.*'))) as unknown;

beforeEach(async () => {
  await Promise.all([hub.reset(), plain.reset()]);
});

afterEach(async () => {
  const last = tabs[0] ?? new Tab();
  for (const tab of tabs.splice(0).slice(1)) tab.kill();
  await last.host.close().catch(() => undefined);
  // Addresses of plain folders are the same in every test: what one stored must not help the next.
  await expect.poll(async () => (await last.host.forget(null)).ok, { timeout: 30_000 }).toBe(true);
  last.kill();
});

describe('a hub', () => {
  it('that has no such model, revision or file says which', async () => {
    const { source } = ownRepository();
    const nobody = { ...source, id: 'nobody/nothing' };
    for (const token of [undefined, 'any']) {
      expect(await openingOf(nobody, token)).toMatchObject({
        code: 'DOWNLOAD',
        message: mentions('model nobody/nothing on 127'),
        action: mentions('owner and name', 'token'),
        retry: true,
      });
    }
    expect(await openingOf({ ...source, revision: 'v9' })).toMatchObject({ code: 'DOWNLOAD', message: mentions('no revision "v9"') });
    const tab = await open(source);
    expect(bad(await tab.fetch('onnx/nothing.onnx'))).toMatchObject({
      code: 'DOWNLOAD',
      message: 'nothing.onnx is not in the model folder.',
      detail: mentions('404'),
    });
  });

  it('whose model is gated says what to do, without a token and with one that does not open it', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ repository: id, gated: 'secret' });
    const without = bad(await (await open(source)).fetch('config.json'));
    expect(without).toMatchObject({
      code: 'DOWNLOAD',
      message: `The model ${id} is gated or private.`,
      action: mentions('licence', 'access token'),
      retry: true,
      detail: mentions('401'),
    });
    const wrong = bad(await (await open(source, { token: 'wrong' })).fetch(MIDDLE));
    expect(wrong).toMatchObject({ code: 'DOWNLOAD', message: mentions('token does not open', id), detail: mentions('403') });
    expect(`${JSON.stringify(without)} ${JSON.stringify(wrong)}`).not.toContain('wrong"');
    expect(good(await (await open(source, { token: 'secret' })).fetch(MIDDLE)).bytes).toBe(MADE_UP_FILES[MIDDLE]);
  });

  it('whose model is private hides it from all but its token', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ repository: id, private: 'secret' });
    expect(await openingOf(source)).toMatchObject({ code: 'DOWNLOAD', message: mentions(id), action: mentions('private', 'token') });
    expect(await openingOf(source, 'wrong')).toMatchObject({
      message: mentions(id, 'token'),
      detail: mentions('404, RepoNotFound'),
    });
    expect(good(await (await open(source, { token: 'secret' })).fetch('config.json')).bytes).toBe(MADE_UP_FILES['config.json']);
  });

  it('that is busy is asked again when it says; given up when it does not end; not waited for too long', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ at: 'api', repository: id, status: 429, times: 1 });
    await hub.misbehave({ at: 'storage', repository: id, status: 503, retryAfter: 1, times: 1 });
    const tab = await open(source);
    const begun = performance.now();
    expect(good(await tab.fetch(MIDDLE)).bytes).toBe(MADE_UP_FILES[MIDDLE]);
    expect(performance.now() - begun).toBeGreaterThan(990);

    await hub.misbehave({ at: 'resolve', repository: id, file: 'decoder.onnx', status: 429 });
    expect(bad(await tab.fetch('onnx/decoder.onnx'))).toMatchObject({
      code: 'DOWNLOAD',
      message: mentions('too many requests'),
      retry: true,
    });
    const asked = async (file: string) => (await hub.log()).filter((entry) => entry.file === file && entry.part === 'resolve').length;
    expect(await asked('onnx/decoder.onnx')).toBe(QUICK.attempts);

    await hub.misbehave({ at: 'resolve', repository: id, file: TOKENIZER, status: 503, retryAfter: 3600 });
    expect(bad(await tab.fetch(TOKENIZER)).message).toContain('status 503');
    expect(await asked(TOKENIZER)).toBe(1);
  });

  it('that stays silent, or is cut off again and again, is given up with what came kept', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ at: 'storage', repository: id, file: MIDDLE, cutAt: 200_000 });
    await hub.misbehave({ at: 'resolve', repository: id, file: TOKENIZER, holdAt: 10_000 });
    const tab = await open(source);
    expect(bad(await tab.fetch(MIDDLE))).toMatchObject({ code: 'DOWNLOAD', retry: true, action: mentions('kept') });
    const came = await tab.host.stored(MIDDLE);
    expect(came).toBeGreaterThan(0);
    expect(came).toBeLessThanOrEqual(200_000);
    const hasty = await open(source, { tuning: { ...QUICK, stallMs: 600 } });
    expect(bad(await hasty.fetch(TOKENIZER))).toMatchObject({ code: 'DOWNLOAD', message: mentions('nothing came') });
    expect(await tab.host.stored(TOKENIZER)).toBe(10_000);
    await hub.reset();
    good(await tab.fetch(MIDDLE));
    expect(await hub.sent(MIDDLE)).toBe(MADE_UP_FILES[MIDDLE] - came);
  });

  it('that sends a web page, or lets no page read it, is said to', async () => {
    const { source, id } = ownRepository();
    const tab = await open(source);
    await hub.misbehave({ at: 'storage', repository: id, html: true });
    expect(bad(await tab.fetch(MIDDLE))).toMatchObject({
      code: 'DOWNLOAD',
      message: 'A web page came instead of embed.onnx.',
      retry: true,
    });
    await hub.misbehave({ repository: id, file: TOKENIZER, noCors: true });
    expect(bad(await tab.fetch(TOKENIZER))).toMatchObject({ code: 'DOWNLOAD', message: mentions('did not answer', 'CORS'), retry: true });
    await tab.host.goOffline();
    expect(bad(await tab.fetch(TOKENIZER)).message).toBe('tokenizer.json could not be downloaded: this device is offline.');
  });

  it('of which only the addresses of files are known is taken as a plain folder', async () => {
    const tab = await open({ kind: 'hub', host: plain.origin, id: OLD_FOLDER, revision: 'main' });
    expect(good(await tab.fetch('config.json')).bytes).toBe(2);
    expect(await openingOf({ kind: 'hub', host: 'http://127.0.0.1:9', id: OLD_FOLDER, revision: 'main' })).toMatchObject({
      code: 'DOWNLOAD',
      message: mentions('127.0.0.1:9 did not answer'),
    });
  });
});

describe('a plain folder', () => {
  it('without a manifest is not listed; files are asked for by name, by GET where HEAD is refused', async () => {
    const tab = await open(MADE_UP);
    expect(good(await tab.host.list())).toBeNull();
    expect(good(await tab.host.facts(MIDDLE))).toEqual({ bytes: MADE_UP_FILES[MIDDLE], sha256: null });
    expect(good(await tab.host.facts('nothing.json'))).toBeNull();
    await plain.misbehave({ method: 'HEAD', status: 405 });
    expect(good(await tab.host.facts(MIDDLE))).toEqual({ bytes: MADE_UP_FILES[MIDDLE], sha256: null });
    await plain.misbehave({ file: 'forbidden.json', status: 403 });
    expect(good(await tab.host.facts('forbidden.json'))).toBeNull();
    expect(good(await tab.fetch(MIDDLE)).bytes).toBe(MADE_UP_FILES[MIDDLE]);
    expect(bad(await tab.fetch('nothing.json')).message).toBe('nothing.json is not in the model folder.');
  });

  it('with a manifest is checked by it', async () => {
    const tab = await open({ kind: 'url', url: `${plain.origin}/${LISTED_FOLDER}/` });
    const list = good(await tab.host.list()) ?? [];
    expect(list.map(([path]) => path)).toEqual([LISTED_FILE]);
    await plain.misbehave({ file: LISTED_FILE, flip: 99_999, times: 1 });
    expect(bad(await tab.fetch(LISTED_FILE)).code).toBe('INTEGRITY');
    expect(good(await tab.fetch(LISTED_FILE)).sha256).toBe(list[0][1].sha256);
  });

  it('whose file changes between two parts of a download is downloaded from its start', async () => {
    const tab = await open(MADE_UP);
    await plain.misbehave({ file: MIDDLE, cutAt: 300_000, flip: 1_000, lastModified: LONG_AGO, times: 1 });
    const mixed = good(await tab.fetch(MIDDLE));
    const clean = good(await (await open(ownRepository().source)).fetch(MIDDLE));
    expect(mixed).toEqual(clean);
    // Nothing but its date told that the second part was of another file.
    const answers = (await plain.log()).filter(({ file, method }) => method === 'GET' && file?.endsWith(MIDDLE));
    expect(answers.map(({ status }) => status)).toEqual([200, 206, 200]);
  });

  it('is asked whether a stored file is still the same, and does without the answer', async () => {
    const tab = await open(MADE_UP);
    const size = MADE_UP_FILES[MIDDLE];
    good(await tab.fetch(MIDDLE));
    good(await tab.fetch(MIDDLE));
    await plain.misbehave({ file: MIDDLE, noCors: true, times: 1 });
    good(await tab.fetch(MIDDLE));
    expect(await plain.sent(MIDDLE)).toBe(size);
    await plain.misbehave({ file: MIDDLE, lastModified: LONG_AGO });
    good(await tab.fetch(MIDDLE));
    expect(await plain.sent(MIDDLE)).toBe(2 * size);
  });

  it('whose file was cut off after its last byte, its size not known, is not downloaded again', async () => {
    const tab = await open(MADE_UP, { tuning: { ...QUICK, stallMs: 60_000 } });
    await plain.misbehave({ file: MIDDLE, noLength: true, holdAt: MADE_UP_FILES[MIDDLE], times: 1 });
    const fetching = tab.fetch(MIDDLE, { expect: { bytes: null, sha256: null } });
    await tab.reaches(MADE_UP_FILES[MIDDLE]);
    await tab.host.abort();
    await fetching;
    expect(good(await tab.fetch(MIDDLE)).bytes).toBe(MADE_UP_FILES[MIDDLE]);
  });
});

describe('a full disk', () => {
  it('is told before the download, with all that is under way counted, where the browser tells what it allows', async () => {
    const { source, id } = ownRepository();
    await hub.misbehave({ at: 'storage', repository: id, bytesPerSecond: 1_000_000 });
    const tab = await open(source);
    await tab.host.tellRoom(600_000);
    const [first, second] = await Promise.all([tab.fetch(MIDDLE), tab.fetch('onnx/decoder.onnx')]);
    const [refused, taken] = first.ok ? [second, first] : [first, second];
    expect(bad(refused)).toMatchObject({ code: 'STORAGE_FULL', retry: true, message: mentions('no room', 'kB more are needed') });
    expect(bad(refused).action).toContain('Delete stored models');
    good(taken);
    await tab.host.tellRoom(1e9);
    good(await tab.fetch(MIDDLE));
    good(await tab.fetch('onnx/decoder.onnx'));
    expect(await hub.sent('.onnx')).toBe(MADE_UP_FILES[MIDDLE] + MADE_UP_FILES['onnx/decoder.onnx']);
  });

  it('in the middle of a download keeps what is there', async () => {
    const { source } = ownRepository();
    const tab = await open(source);
    good(await tab.fetch('config.json'));
    const limit = (quotaSize?: number) =>
      cdp().send('Storage.overrideQuotaForOrigin', { origin: location.origin, ...(quotaSize === undefined ? {} : { quotaSize }) });
    let stored = 0;
    try {
      // What earlier tests deleted may still be counted: room is given by less than a file until some of it is used.
      for (let quota = 1_000_000; stored === 0; quota += 1_000_000) {
        await limit(quota);
        expect(bad(await tab.fetch(BIG))).toMatchObject({
          code: 'STORAGE_FULL',
          retry: true,
          message: mentions('no room', 'decoder.onnx_data', 'more are needed'),
          action: mentions('kept'),
        });
        stored = await tab.host.stored(BIG);
      }
    } finally {
      await limit();
    }
    expect(stored).toBeLessThan(MADE_UP_FILES[BIG]);
    tab.told.length = 0;
    const facts = good(await tab.host.facts(BIG));
    expect(good(await tab.fetch(BIG))).toEqual(facts);
    expect(tab.told.at(-1)?.received).toBe(MADE_UP_FILES[BIG] - stored);
  });
});

describe('a chosen folder', () => {
  const file = (path: string, text: string) => ({ path, file: new File([text], path.split('/').at(-1) ?? '') });

  it('is read in place, below its config.json, and nothing outside it', async () => {
    const files = [
      file('work/notes.txt', 'mine'),
      file('work/model/config.json', '{}'),
      file('work/model/onnx/embed.onnx', 'weights'),
      file('work/model/onnx/config.json', 'deeper'),
    ];
    const tab = await open({ kind: 'folder', name: 'model', files });
    expect(good(await tab.host.list())?.map(([path, { bytes }]) => [path, bytes])).toEqual([
      ['config.json', 2],
      ['onnx/embed.onnx', 7],
      ['onnx/config.json', 6],
    ]);
    expect(good(await tab.fetch('onnx/embed.onnx')).bytes).toBe(7);
    for (const path of ['../notes.txt', 'notes.txt', 'work/notes.txt', 'onnx/../config.json']) {
      expect(bad(await tab.fetch(path))).toMatchObject({ code: 'BAD_MODEL', message: mentions('has no'), retry: false });
    }
    expect(await tab.host.stored('onnx/embed.onnx')).toBe(7);
    expect(good(await tab.host.models())).toEqual([]);
    expect(await openingOf({ kind: 'folder', name: 'empty', files: [] })).toMatchObject({ code: 'BAD_INPUT' });
  });

  it('is checked by its manifest', async () => {
    const sha256 = '0'.repeat(64);
    const manifest = JSON.stringify({ format: 1, name: 'm', dtypes: {}, files: { 'a.onnx': { bytes: 3, sha256 } } });
    const tab = await open({ kind: 'folder', name: 'm', files: [file('m/manifest.json', manifest), file('m/a.onnx', 'abc')] });
    expect(good(await tab.host.facts('a.onnx'))).toEqual({ bytes: 3, sha256 });
    expect(bad(await tab.fetch('a.onnx', { expect: { bytes: 3, sha256 } }))).toMatchObject({
      code: 'INTEGRITY',
      message: mentions('a.onnx', 'manifest.json'),
    });
    expect(bad(await tab.fetch('a.onnx', { expect: { bytes: 4, sha256: null } })).code).toBe('INTEGRITY');
  });
});
