// The picture that `npm run ask` is asked about, read from a file.
import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { EngineFault } from '../../src/errors';
import { checkBytes, sniffImage } from '../../src/image/sniff';
import { inOneSentence, UsageError } from './command';

export interface PictureFile {
  readonly base64: string;
  readonly name: string;
}

/**
 * Reads a picture. Whether the browser can decode it is found out there; what surely is no picture is refused here, by its first bytes.
 *
 * @throws UsageError when the path names no readable file or the file is no picture Noema opens.
 */
export function readPicture(path: string): PictureFile {
  const shown = `"${path}"`;
  const size = fileSize(path);
  asUsage(() => checkBytes(size, shown));
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new UsageError(`"${path}" cannot be read: check its permissions.`);
  }
  asUsage(() => sniffImage(bytes, shown));
  return { base64: bytes.toString('base64'), name: basename(path) };
}

/** Does `work`; a fault becomes what the command line says about its own input. */
function asUsage(work: () => void): void {
  try {
    work();
  } catch (thrown) {
    if (thrown instanceof EngineFault) throw new UsageError(inOneSentence(thrown.value));
    throw thrown;
  }
}

function fileSize(path: string): number {
  try {
    const status = statSync(path);
    if (status.isDirectory()) throw new UsageError(`"${path}" is a folder: name the file of a picture.`);
    return status.size;
  } catch (thrown) {
    if (thrown instanceof UsageError) throw thrown;
    throw new UsageError(`There is no file "${path}": name the file of a picture.`);
  }
}
