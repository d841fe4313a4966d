// The files of `npm run ask`: the picture that comes in and the events that go out.
import { accessSync, constants, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { UsageError } from './usage';

/** Larger files are refused before they are read: no picture a model can use is that large. */
const MAX_PICTURE_BYTES = 64 * 1024 * 1024;

export interface PictureFile {
  readonly base64: string;
  readonly name: string;
}

/**
 * Reads a picture. Whether the browser can decode it is found out there; what surely is no picture is refused here, by its first bytes.
 *
 * @throws UsageError when the path names no readable file or the file is no picture.
 */
export function readPicture(path: string): PictureFile {
  const size = fileSize(path);
  if (size === 0) throw new UsageError(`"${path}" is empty: name the file of a picture.`);
  if (size > MAX_PICTURE_BYTES) throw new UsageError(`"${path}" has ${Math.ceil(size / 1e6)} MB: give a picture of at most 64 MB.`);
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw new UsageError(`"${path}" cannot be read: check its permissions.`);
  }
  const kind = pictureKind(bytes);
  if (kind === null) throw new UsageError(`"${path}" is no picture: give a PNG, JPEG, WebP, GIF, AVIF or BMP file.`);
  if (kind === 'heic') throw new UsageError(`"${path}" is a HEIC picture, which browsers cannot read: convert it to JPEG or PNG.`);
  return { base64: bytes.toString('base64'), name: basename(path) };
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

/** The kind of picture that `bytes` begin as; null when they begin as none. */
export function pictureKind(bytes: Uint8Array): string | null {
  const head = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  if (head.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (head.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (/^GIF8[79]a/.test(head)) return 'gif';
  if (/^RIFF[^]{4}WEBP/.test(head)) return 'webp';
  if (head.startsWith('BM')) return 'bmp';
  const brand = /^[^]{4}ftyp(.{4})/.exec(head)?.[1];
  if (brand === undefined) return null;
  return /^avi[fs]$/.test(brand) ? 'avif' : 'heic';
}

/**
 * Checks that a file can be written before anything expensive starts.
 *
 * @throws UsageError when the folder is missing or closed, or the path names a folder.
 */
export function checkWritable(path: string): void {
  const folder = dirname(resolve(path));
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    throw new UsageError(`"${path}" cannot be written: the folder "${folder}" does not exist or is closed to you.`);
  }
  if (isFolder(path)) throw new UsageError(`"${path}" is a folder: name a file for the run's events.`);
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Writes a whole file or nothing: under a temporary name first, which then takes the real one. */
export function writeWhole(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, path);
  } catch (thrown) {
    rmSync(temporary, { force: true });
    throw thrown;
  }
}
