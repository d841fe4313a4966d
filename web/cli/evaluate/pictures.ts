// The pictures of a dataset: from a folder, from a zip file, or from addresses on hosts that were allowed by name.
import { openAsBlob, readFileSync, realpathSync, statSync } from 'node:fs';
import { basename, relative, resolve, sep } from 'node:path';
import { EngineFault, fault } from '../../../src/errors';
import { checkBytes, sniffImage } from '../../../src/image/sniff';
import { UsageError } from '../command';
import type { PictureFile } from '../files';
import { reasonOf } from '../output';
import type { DatasetFile } from './dataset-file';
import { openZip } from '../../../workers/evaluation/zip';
import { readZipped } from '../../../workers/evaluation/zipped-dataset';

/** Reads the picture a dataset names. Rejects with an EngineFault that says what is wrong with it. */
export type ReadPicture = (imagePath: string) => Promise<PictureFile>;

/** How long a host may take for one picture, in milliseconds. */
const FETCH_MS = 60_000;
const MOST_REDIRECTS = 5;
/** What to do about a picture that is not there. */
const OTHER_PLACE = 'Put it there, or name another place with --images.';

/**
 * Says where pictures are.
 *
 * @param place a folder or a zip file; null: beside the dataset.
 * @param hosts hosts that pictures may be fetched from; without any, nothing is fetched.
 * @throws UsageError when the place is not there.
 */
export async function openPictures(dataset: DatasetFile, place: string | null, hosts: readonly string[]): Promise<ReadPicture> {
  const local = await openLocal(dataset, place);
  return async (imagePath) => {
    const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(imagePath);
    const bytes = await (isAddress ? fetchPicture(imagePath, hosts) : local(imagePath));
    sniffImage(bytes, `"${imagePath}"`);
    return { base64: Buffer.from(bytes).toString('base64'), name: basename(imagePath) };
  };
}

async function openLocal(dataset: DatasetFile, place: string | null): Promise<(path: string) => Promise<Uint8Array>> {
  if (place === null) {
    const { pictures } = dataset;
    return pictures.kind === 'zip'
      ? (path) => readZipped(pictures.zip, pictures.below, path, OTHER_PLACE)
      : (path) => readInFolder(pictures.path, path);
  }
  const status = statSync(place, { throwIfNoEntry: false });
  if (status === undefined) throw new UsageError(`--images: there is no "${place}": name a folder or a zip file.`);
  if (status.isDirectory()) return (path) => readInFolder(place, path);
  const zip = await openZip(await openAsBlob(place), place);
  return (path) => readZipped(zip, '', path, OTHER_PLACE);
}

function readInFolder(folder: string, path: string): Promise<Uint8Array> {
  const full = resolve(folder, path);
  const shown = `"${path}"`;
  try {
    const status = statSync(full, { throwIfNoEntry: false });
    if (status === undefined) throw missing(shown, `the folder "${folder}"`);
    // Links are followed: a dataset from elsewhere must not read this machine's other files.
    const inside = relative(realpathSync(folder), realpathSync(full));
    if (inside.startsWith(`..${sep}`) || inside === '..' || resolve(inside) === inside) {
      throw bad(`The picture ${shown} is outside the folder "${folder}".`, 'Name the folder that holds all pictures with --images.');
    }
    if (!status.isFile()) throw bad(`The picture ${shown} is no file.`, 'Correct its path.');
    checkBytes(status.size, shown);
    return Promise.resolve(readFileSync(full));
  } catch (thrown) {
    return Promise.reject(
      thrown instanceof EngineFault ? thrown : bad(`The picture ${shown} cannot be read: ${reasonOf(thrown)}.`, 'Check its permissions.'),
    );
  }
}

async function fetchPicture(address: string, hosts: readonly string[]): Promise<Uint8Array> {
  const signal = AbortSignal.timeout(FETCH_MS);
  let url = checkedAddress(address, hosts);
  try {
    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
      const response = await fetch(url, { redirect: 'manual', signal });
      const target = response.headers.get('location');
      if (response.status >= 300 && response.status < 400 && target !== null) {
        url = checkedAddress(new URL(target, url).href, hosts);
        continue;
      }
      if (!response.ok) throw bad(`${url.href} answered with status ${response.status}.`, 'Check the address.');
      return await limited(response, address);
    }
    throw bad(`${address} leads from one address to the next.`, 'Name the address where the picture is.');
  } catch (thrown) {
    if (thrown instanceof EngineFault) throw thrown;
    throw bad(
      `${address} cannot be fetched: ${signal.aborted ? `no answer within ${FETCH_MS / 1000} s` : reasonOf(thrown)}.`,
      'Check the connection.',
    );
  }
}

/** The body, as long as it is not longer than a picture may be. */
async function limited(response: Response, shown: string): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    const bytes = piece as Uint8Array;
    size += bytes.length;
    checkBytes(size, shown);
    pieces.push(bytes);
  }
  return Buffer.concat(pieces);
}

function checkedAddress(address: string, hosts: readonly string[]): URL {
  const url = URL.canParse(address) ? new URL(address) : null;
  const isLoopback = url !== null && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (url === null || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback))) {
    throw bad(`${address} is no https address.`, 'Put the picture into the folder.');
  }
  if (hosts.includes(url.hostname) || hosts.includes(url.host)) return url;
  throw bad(
    `The picture is on ${url.host}, from which nothing may be fetched.`,
    `Allow that with --allow-host ${url.host}, or put the picture into the folder.`,
  );
}

const missing = (shown: string, where: string): EngineFault => bad(`There is no picture ${shown} in ${where}.`, OTHER_PLACE);
const bad = (message: string, action: string): EngineFault => fault('BAD_INPUT', message, action);
