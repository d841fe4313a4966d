// The dataset's file: a JSON file, or a zip file that holds one.
import { createHash } from 'node:crypto';
import { openAsBlob, readFileSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { UsageError } from '../command';
import { reasonOf } from '../output';
import { EngineFault } from '../../../src/errors';
import { decodeText } from '../../../workers/evaluation/decode-text';
import { datasetIn } from '../../../workers/evaluation/zipped-dataset';
import { openZip, type Zip } from '../../../workers/evaluation/zip';

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

/** @throws UsageError when there is no such file, it cannot be read or is too long; EngineFault BAD_INPUT when its text is in no encoding that is known, or it is no zip file. */
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
    if (thrown instanceof UsageError || thrown instanceof EngineFault) throw thrown;
    throw new UsageError(`"${path}" cannot be read: ${reasonOf(thrown)}.`);
  }
}

async function fromZip(path: string): Promise<DatasetFile> {
  const zip = await openZip(await openAsBlob(path), path);
  const { name, below } = datasetIn(zip, path);
  return { ...decoded(await zip.read(name, MOST_BYTES), `${path}: ${name}`), name: basename(name), pictures: { kind: 'zip', zip, below } };
}

function decoded(bytes: Uint8Array, path: string): { readonly text: string; readonly sha256: string } {
  if (bytes.length > MOST_BYTES) throw tooLong(path, bytes.length);
  return { text: decodeText(bytes, path), sha256: createHash('sha256').update(bytes).digest('hex') };
}

const tooLong = (path: string, bytes: number): UsageError =>
  new UsageError(`"${path}" has ${Math.ceil(bytes / 1e6)} MB of JSON, and ${MOST_BYTES / 1e6} MB can be read: split it.`);
