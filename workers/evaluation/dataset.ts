// The dataset of an evaluation in the page: a JSON file, or a zip file that holds one, with pictures from a folder, a zip file, or the same one.
import { sha256 } from 'hash-wasm';
import { fault, type EngineFault } from '../../src/errors';
import { type BadItem, type Item, isBad, parseDataset } from '../../src/evaluation/dataset';
import { checkBytes, sniffImage } from '../../src/image/sniff';
import type { Picture } from '../../src/engine/run-source';
import { decodeText } from './decode-text';
import type { DatasetFacts, DatasetSource } from './wire';
import { openZip, type Zip } from './zip';
import { datasetIn, plainPath, readZipped } from './zipped-dataset';

/** Longest JSON that is read, in bytes: a string of JavaScript has room for little more. */
const MOST_BYTES = 500_000_000;

type ReadBytes = (path: string) => Promise<Uint8Array>;

const OTHER_PLACE = 'Put it there, or choose another folder or zip file of pictures.';

export class OpenDataset {
  readonly facts: DatasetFacts;
  readonly entries: readonly (Item | BadItem)[];
  readonly #read: ReadBytes;

  private constructor(facts: DatasetFacts, entries: readonly (Item | BadItem)[], read: ReadBytes) {
    this.facts = facts;
    this.entries = entries;
    this.#read = read;
  }

  /** @throws EngineFault BAD_INPUT for what is wrong with the whole: not JSON, not a list, empty, too long, no UTF-8, no zip file. */
  static async open({ file, name, pictures }: DatasetSource): Promise<OpenDataset> {
    const zip = /\.zip$/i.test(name) ? await openZip(file, name) : null;
    const inside = zip === null ? null : datasetIn(zip, name);
    if (zip === null && file.size > MOST_BYTES) throw tooLong(name, file.size);
    const bytes = zip === null || inside === null ? new Uint8Array(await file.arrayBuffer()) : await zip.read(inside.name, MOST_BYTES);
    const title = inside === null ? name : (inside.name.split('/').at(-1) ?? inside.name);
    const { entries } = parseDataset(decodeText(bytes, title), title);
    const bad = entries.filter(isBad);
    const facts = {
      name: title,
      sha256: await sha256(bytes),
      entries: entries.length,
      bad: bad.length,
      problem: bad[0]?.problem ?? null,
      hasPictures: pictures !== null || zip !== null,
    };
    return new OpenDataset(facts, entries, await readerOf(pictures, zip, inside?.below ?? ''));
  }

  /** A picture as its item names it. @throws EngineFault BAD_INPUT when there is none, BAD_IMAGE when it is none. */
  async picture(path: string): Promise<Picture> {
    if (/^[a-z][a-z0-9+.-]*:\/\//i.test(path)) {
      throw fault('BAD_INPUT', `The picture ${path} is at another address.`, 'The page fetches none: put it into the folder of pictures.');
    }
    const bytes = await this.#read(path);
    sniffImage(bytes, `"${path}"`);
    return { bytes: bytes.slice().buffer, name: path.split(/[\\/]/).at(-1) ?? path };
  }
}

async function readerOf(pictures: DatasetSource['pictures'], own: Zip | null, below: string): Promise<ReadBytes> {
  if (pictures?.kind === 'zip') {
    const zip = await openZip(pictures.file, pictures.name);
    return (path) => readZipped(zip, '', path, OTHER_PLACE);
  }
  if (pictures?.kind === 'folder') {
    const files = new Map(pictures.files.map(({ path, file }) => [plainPath(path), file]));
    return (path) => readInFolder(pictures.name, files, path);
  }
  if (own !== null) return (path) => readZipped(own, below, path, OTHER_PLACE);
  return (path) =>
    Promise.reject(
      fault('BAD_INPUT', `There is no picture "${path}": no folder was chosen.`, 'Choose the folder or zip file that holds it.'),
    );
}

async function readInFolder(name: string, files: ReadonlyMap<string, Blob>, path: string): Promise<Uint8Array> {
  const shown = `"${path}"`;
  const plain = plainPath(path);
  if (plain.startsWith('..')) {
    throw fault('BAD_INPUT', `The picture ${shown} is outside the folder "${name}".`, 'Choose the folder that holds all pictures.');
  }
  const file = files.get(plain);
  if (file === undefined) throw missing(shown, name);
  checkBytes(file.size, shown);
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (thrown) {
    throw fault(
      'BAD_INPUT',
      `The picture ${shown} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
      'Choose the folder again.',
    );
  }
}

const missing = (shown: string, folder: string): EngineFault =>
  fault('BAD_INPUT', `There is no picture ${shown} in the folder "${folder}".`, OTHER_PLACE);

const tooLong = (name: string, bytes: number): EngineFault =>
  fault('BAD_INPUT', `"${name}" has ${Math.ceil(bytes / 1e6)} MB of JSON, and ${MOST_BYTES / 1e6} MB can be read.`, 'Split it.');
