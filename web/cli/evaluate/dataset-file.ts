// The dataset's file: a JSON file, or a zip file that holds one.
import { createHash } from 'node:crypto';
import { openAsBlob, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { UsageError } from '../command';
import { reasonOf } from '../output';
import { openZip, type Zip } from './zip';

/** Longest JSON that is read, in bytes: a string of JavaScript has room for little more. */
const MOST_BYTES = 500_000_000;

export interface DatasetFile {
  readonly name: string;
  readonly text: string;
  readonly sha256: string;
  /** Where its pictures are, unless the person says otherwise: beside it. */
  readonly pictures:
    { readonly kind: 'folder'; readonly path: string } | { readonly kind: 'zip'; readonly zip: Zip; readonly below: string };
}

/** @throws UsageError when there is no such file, it cannot be read, is too long, or its text is in no encoding that is known. */
export async function readDatasetFile(path: string): Promise<DatasetFile> {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) throw new UsageError(`There is no file "${path}": name the dataset's JSON file.`);
  if (status.isDirectory()) throw new UsageError(`"${path}" is a folder: name the JSON file in it.`);
  try {
    if (/\.zip$/i.test(path)) return await fromZip(path);
    if (status.size > MOST_BYTES) throw tooLong(path, status.size);
    const bytes = readFileSync(path);
    return { ...decoded(bytes, path), name: basename(path), pictures: { kind: 'folder', path: dirname(path) } };
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    throw new UsageError(`"${path}" cannot be read: ${reasonOf(thrown)}.`);
  }
}

async function fromZip(path: string): Promise<DatasetFile> {
  const zip = await openZip(await openAsBlob(path), path);
  const lists = zip.names.filter((name) => /\.json$/i.test(name));
  const [name] = lists;
  if (name === undefined || lists.length > 1) {
    const found = lists.length === 0 ? 'holds no JSON file' : `holds ${lists.length} JSON files (${lists.slice(0, 5).join(', ')})`;
    throw new UsageError(`"${path}" ${found}: it must hold one dataset, as one JSON file with the pictures beside it.`);
  }
  const below = name.includes('/') ? name.slice(0, name.lastIndexOf('/') + 1) : '';
  return { ...decoded(await zip.read(name, MOST_BYTES), `${path}: ${name}`), name: basename(name), pictures: { kind: 'zip', zip, below } };
}

function decoded(bytes: Uint8Array, path: string): { readonly text: string; readonly sha256: string } {
  if (bytes.length > MOST_BYTES) throw tooLong(path, bytes.length);
  return { text: decodeText(bytes, path), sha256: createHash('sha256').update(bytes).digest('hex') };
}

/**
 * The text of a file in UTF-8, or in UTF-16 with its mark.
 *
 * @throws UsageError that says where the first byte stands that is no UTF-8.
 */
export function decodeText(bytes: Uint8Array, path: string): string {
  const mark = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8';
  try {
    return new TextDecoder(mark, { fatal: true }).decode(bytes);
  } catch {
    const line = mark === 'utf-8' ? ` (line ${lineOfFault(bytes)})` : '';
    throw new UsageError(`"${path}" is not text in UTF-8${line}: save it as UTF-8.`);
  }
}

/** The line in which the text stops being UTF-8. */
function lineOfFault(bytes: Uint8Array): number {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let line = 1;
  let from = 0;
  for (let to = bytes.indexOf(0x0a); to >= 0; to = bytes.indexOf(0x0a, from)) {
    try {
      decoder.decode(bytes.subarray(from, to));
    } catch {
      return line;
    }
    line += 1;
    from = to + 1;
  }
  return line;
}

const tooLong = (path: string, bytes: number): UsageError =>
  new UsageError(`"${path}" has ${Math.ceil(bytes / 1e6)} MB of JSON, and ${MOST_BYTES / 1e6} MB can be read: split it.`);
