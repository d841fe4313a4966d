// Where pictures come from: a folder and nothing outside it, a zip file, and addresses on hosts that were allowed.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BlobWriter, TextReader, Uint8ArrayReader, ZipWriter } from '@zip.js/zip.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineFault } from '../../../../../src/errors';
import { readDatasetFile } from '../../../../../web/cli/evaluate/dataset-file';
import { decodeText } from '../../../../../workers/evaluation/decode-text';
import { openPictures } from '../../../../../web/cli/evaluate/pictures';

const PNG = readFileSync('public/samples/standard-1.png');
const folder = mkdtempSync(join(tmpdir(), 'noema-pictures-'));
const inside = join(folder, 'data');
const dataset = join(inside, 'data.json');
const zipped = join(folder, 'data.zip');
let server: Server;
let port: number;

async function writeZip(path: string, files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
  const writer = new ZipWriter(new BlobWriter());
  for (const [name, content] of Object.entries(files)) {
    await writer.add(name, typeof content === 'string' ? new TextReader(content) : new Uint8ArrayReader(content));
  }
  writeFileSync(path, Buffer.from(await (await writer.close()).arrayBuffer()));
}

beforeAll(async () => {
  mkdirSync(join(inside, 'sub'), { recursive: true });
  writeFileSync(dataset, '[]');
  writeFileSync(join(inside, 'sub/a.png'), PNG);
  writeFileSync(join(inside, 'text.png'), 'no picture');
  writeFileSync(join(inside, 'empty.png'), '');
  writeFileSync(join(folder, 'outside.png'), PNG);
  symlinkSync(join(folder, 'outside.png'), join(inside, 'link.png'));
  await writeZip(zipped, { 'deep/list.json': '[1]', 'deep/sub/a.png': PNG, 'deep/text.png': 'no picture' });
  server = createServer((request, response) => {
    if (request.url === '/a.png') response.end(PNG);
    else if (request.url === '/elsewhere') response.writeHead(302, { location: 'http://localhost:1/a.png' }).end();
    else if (request.url === '/here') response.writeHead(302, { location: '/a.png' }).end();
    else if (request.url === '/round') response.writeHead(302, { location: '/round' }).end();
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What reading a picture is refused with. */
async function refused(reading: Promise<unknown>): Promise<string> {
  const thrown: unknown = await reading.catch((error: unknown) => error);
  if (!(thrown instanceof EngineFault)) throw new Error(`no fault: ${String(thrown)}`);
  return `${thrown.value.message} ${thrown.value.action}`;
}

const read = async (path: string, place: string | null = null, hosts: readonly string[] = []) =>
  (await openPictures(await readDatasetFile(dataset), place, hosts))(path);

describe('in a folder', () => {
  it('are read beside the dataset, or where the person says', async () => {
    expect((await read('sub/a.png')).base64).toBe(PNG.toString('base64'));
    expect(await read('outside.png', folder)).toMatchObject({ name: 'outside.png' });
    expect((await read(join(inside, 'sub/a.png'))).base64.length).toBeGreaterThan(0);
  });

  it.each([
    ['gone.png', 'There is no picture "gone.png" in the folder'],
    ['../outside.png', 'is outside the folder'],
    ['link.png', 'is outside the folder'],
    ['sub', 'is no file'],
    ['text.png', 'is a text file, not a picture'],
    ['empty.png', 'is empty'],
  ])('%s is refused in words', async (path, words) => expect(await refused(read(path))).toContain(words));

  it('which is not there is refused at once', async () => {
    await expect(read('a.png', join(folder, 'nowhere'))).rejects.toThrow('--images: there is no');
  });
});

describe('in a zip file', () => {
  it('are read beside the list in it', async () => {
    const file = await readDatasetFile(zipped);
    expect(file).toMatchObject({ name: 'list.json', text: '[1]' });
    const pictures = await openPictures(file, null, []);
    expect((await pictures('sub/a.png')).base64).toBe(PNG.toString('base64'));
    expect(await refused(pictures('sub/b.png'))).toContain('There is no picture "sub/b.png" in the zip file');
    expect(await refused(pictures('text.png'))).toContain('not a picture');
    expect(await refused(pictures('../../x.png'))).toContain('There is no picture');
  });

  it('may be of pictures alone', async () => {
    expect((await read('deep/sub/a.png', zipped)).base64).toBe(PNG.toString('base64'));
  });

  it('that is none, or holds no list or two, is refused', async () => {
    const path = join(folder, 'bad.zip');
    writeFileSync(path, 'no zip');
    await expect(readDatasetFile(path)).rejects.toThrow('is no zip file that can be read');
    await writeZip(path, { 'a.png': PNG });
    await expect(readDatasetFile(path)).rejects.toThrow('holds no JSON file');
    await writeZip(path, { 'a.json': '[]', 'b.json': '[]' });
    await expect(readDatasetFile(path)).rejects.toThrow('holds 2 JSON files (a.json, b.json)');
  });
});

describe('at an address', () => {
  const address = (path: string): string => `http://127.0.0.1:${port}${path}`;

  it('are fetched only from a host that was allowed', async () => {
    expect(await refused(read(address('/a.png')))).toContain(`Allow that with --allow-host 127.0.0.1:${port}`);
    expect((await read(address('/a.png'), null, ['127.0.0.1'])).base64).toBe(PNG.toString('base64'));
    expect((await read(address('/here'), null, [`127.0.0.1:${port}`])).base64).toBe(PNG.toString('base64'));
  });

  it.each([
    ['/elsewhere', 'The picture is on localhost:1, from which nothing may be fetched'],
    ['/round', 'leads from one address to the next'],
    ['/gone', 'answered with status 404'],
  ])('%s is refused in words', async (path, words) => {
    expect(await refused(read(address(path), null, ['127.0.0.1']))).toContain(words);
  });

  it('must be https, but for this machine', async () => {
    expect(await refused(read('http://example.org/a.png', null, ['example.org']))).toContain('is no https address');
    expect(await refused(read('file:///etc/passwd', null, ['']))).toContain('is no https address');
  });
});

describe("a dataset's file", () => {
  it.each([
    ['gone.json', 'There is no file'],
    ['data', 'is a folder: name the JSON file in it'],
  ])('%s is refused', async (name, words) => {
    await expect(readDatasetFile(join(folder, name))).rejects.toThrow(words);
  });

  it('is text in UTF-8, with a mark or without, or in UTF-16 with one', () => {
    expect(decodeText(Buffer.from('[“x”]'), 'x')).toBe('[“x”]');
    expect(decodeText(Buffer.from('\uFEFF[]'), 'x')).toBe('[]');
    expect(decodeText(Buffer.from('\uFEFF["ü"]', 'utf16le'), 'x')).toBe('["ü"]');
    expect(() => decodeText(Buffer.from('[\n"a",\n"\xfc"]', 'latin1'), 'x.json')).toThrow('"x.json" is not text in UTF-8 (line 3).');
  });
});
