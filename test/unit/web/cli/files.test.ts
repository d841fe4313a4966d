// The files of the command line: pictures are told from other files, a served folder stays closed, and which browser is taken.
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { preview } from 'vite';
import { afterAll, describe, expect, it } from 'vitest';
import { ensureChromium, findChromium } from '../../../../web/cli/chromium';
import { readPicture } from '../../../../web/cli/files';
import { folderHandler, serveFolder } from '../../../../web/cli/serve-folder';

const folder = mkdtempSync(join(tmpdir(), 'noema-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, bytes: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));

describe('a picture', () => {
  it('comes with its bytes and its name', () => {
    expect(readPicture(file('a.png', latin1('\x89PNG\r\n\x1a\nrest')))).toEqual({
      name: 'a.png',
      base64: Buffer.from('\x89PNG\r\n\x1a\nrest', 'latin1').toString('base64'),
    });
  });

  it.each([
    ['nothing there', () => join(folder, 'absent.png'), 'There is no file'],
    ['a folder', () => folder, 'is a folder'],
    ['an empty file', () => file('empty.png', ''), 'is empty'],
    ['a text', () => file('note.png', 'not a picture'), 'is a text file, not a picture'],
    ['HEIC', () => file('phone.heic', latin1('\0\0\0\x18ftypheic')), 'HEIC'],
    ['a film', () => file('film.mp4', latin1('\0\0\0\x18ftypisom')), 'is a video'],
    ['50 MB and a byte', () => file('large.png', new Uint8Array(50_000_001)), 'has 51 MB: choose a picture of at most 50 MB'],
  ])('is refused when it is %s', (_, path, words) => expect(() => readPicture(path())).toThrow(words));
});

describe('a served folder', () => {
  it('gives its files, whole or in part, through links too, and nothing outside', async () => {
    mkdirSync(join(folder, 'model/onnx'), { recursive: true });
    file('model/onnx/a b.onnx', 'weights');
    file('model/empty.json', '');
    file('secret.txt', 'secret');
    file('blob', 'linked');
    symlinkSync(join(folder, 'blob'), join(folder, 'model/linked.onnx'));
    const plugins = [serveFolder('/model/', join(folder, 'model'))];
    const config = { root: folder, configFile: false, appType: 'mpa', logLevel: 'silent', build: { outDir: '.' }, plugins } as const;
    const server = await preview({ ...config, preview: { port: 0, host: '127.0.0.1' } });
    try {
      const { port } = server.httpServer.address() as AddressInfo;
      // Not fetch: it would resolve '..' by itself.
      const ask = async (path: string, headers = {}): Promise<readonly [status: number | undefined, body: string]> => {
        const [response] = (await once(get({ port, host: '127.0.0.1', path, headers }), 'response')) as [IncomingMessage];
        return [response.statusCode, await text(response)];
      };
      expect(await ask('/model/onnx/a%20b.onnx')).toEqual([200, 'weights']);
      expect(await ask('/model/onnx/a%20b.onnx?download=true')).toEqual([200, 'weights']);
      expect(await ask('/model/onnx/a%20b.onnx', { Range: 'bytes=2-4' })).toEqual([206, 'igh']);
      expect(await ask('/model/onnx/a%20b.onnx', { Range: 'bytes=4-' })).toEqual([206, 'hts']);
      expect(await ask('/model/onnx/a%20b.onnx', { Range: 'bytes=7-' })).toEqual([416, '']);
      expect(await ask('/model/empty.json')).toEqual([200, '']);
      expect(await ask('/model/linked.onnx')).toEqual([200, 'linked']);
      expect(await ask('/secret.txt')).toEqual([200, 'secret']);
      for (const path of ['../secret.txt', '%2e%2e/secret.txt', 'onnx/../../secret.txt', 'onnx', '', 'absent', '%zz', '..%2fsecret.txt']) {
        expect(await ask(`/model/${path}`), path).toEqual([404, '']);
      }
    } finally {
      await server.close();
    }
  });
});

describe('a handler of a folder', () => {
  it('breaks off the answer that a file went away from, and answers on', async () => {
    const place = mkdtempSync(join(folder, 'served-'));
    for (const name of ['gone', 'there']) writeFileSync(join(place, name), name);
    const server = createServer(folderHandler(place, false));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    rmSync(join(place, 'gone'));
    const address = `http://127.0.0.1:${port}`;
    await expect(fetch(`${address}/gone`).then((response) => response.text())).rejects.toThrow();
    expect(await (await fetch(`${address}/there`)).text()).toBe('there');
    server.closeAllConnections();
    server.close();
  });
});

describe('the browser', () => {
  it('is the one CHROMIUM names', () => {
    const program = file('my-browser', '#!/bin/sh\n');
    chmodSync(program, 0o755);
    expect(findChromium({ CHROMIUM: program, PATH: '' })).toBe(program);
  });

  it('is never silently another than the one CHROMIUM names', () => {
    expect(() => findChromium({ CHROMIUM: join(folder, 'absent') })).toThrow('is no program that can be run');
    expect(() => findChromium({ CHROMIUM: folder })).toThrow('is no program that can be run');
  });

  it('is looked for on PATH first', () => {
    const program = file('google-chrome', '#!/bin/sh\n');
    chmodSync(program, 0o755);
    const bin = join(folder, 'bin');
    mkdirSync(bin);
    writeFileSync(join(bin, 'chromium'), '#!/bin/sh\n');
    chmodSync(join(bin, 'chromium'), 0o755);
    expect(findChromium({ PATH: `${folder}:${bin}` })).toBe(join(bin, 'chromium'));
  });

  it('is there when these tests run', () => expect(existsSync(ensureChromium())).toBe(true));
});
