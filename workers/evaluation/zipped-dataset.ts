// A dataset in a zip file: one JSON file with the pictures beside it.
import { fault } from '../../src/errors';
import { MOST_BYTES } from '../../src/image/limits';
import { checkBytes } from '../../src/image/sniff';
import type { Zip } from './zip';

/** The dataset of a zip file, and the folder that its pictures' paths begin in. @throws EngineFault BAD_INPUT unless there is exactly one JSON file. */
export function datasetIn(zip: Zip, path: string): { readonly name: string; readonly below: string } {
  const lists = zip.names.filter((name) => /\.json$/i.test(name));
  const [name] = lists;
  if (name === undefined || lists.length > 1) {
    const found = lists.length === 0 ? 'holds no JSON file' : `holds ${lists.length} JSON files (${lists.slice(0, 5).join(', ')})`;
    throw fault('BAD_INPUT', `"${path}" ${found}.`, 'It must hold one dataset, as one JSON file with the pictures beside it.');
  }
  return { name, below: name.includes('/') ? name.slice(0, name.lastIndexOf('/') + 1) : '' };
}

/**
 * The bytes of a picture.
 *
 * @param below the folder that `path` begins in, with `/` at its end; or empty.
 * @param otherPlace what to do when there is none, in one sentence.
 * @throws EngineFault BAD_INPUT when there is none or it cannot be unpacked; BAD_IMAGE when it is too large.
 */
export async function readZipped(zip: Zip, below: string, path: string, otherPlace: string): Promise<Uint8Array> {
  const shown = `"${path}"`;
  const size = zip.size(plainPath(below + path));
  if (size === null) throw fault('BAD_INPUT', `There is no picture ${shown} in the zip file.`, otherPlace);
  checkBytes(size, shown);
  try {
    return await zip.read(plainPath(below + path), MOST_BYTES);
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    throw fault('BAD_INPUT', `The picture ${shown} cannot be unpacked: ${reason}.`, 'Pack it again.');
  }
}

/** A path without `.` and `..`, with `/` between folders; one that leads out of the folder keeps its `..`, and names no file then. */
export function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.replaceAll('\\', '/').split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  return parts.join('/');
}
