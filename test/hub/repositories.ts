// Folders on disk as a hub's repositories: their files, checksums and commits.
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface RepositoryFile {
  readonly path: string;
  /** Where it lies on this machine. */
  readonly place: string;
  readonly bytes: number;
  readonly modified: Date;
  /** Whether a hub would keep it apart, with a checksum. */
  readonly large: boolean;
}

export interface Repository {
  readonly id: string;
  readonly commit: string;
  readonly files: ReadonlyMap<string, RepositoryFile>;
}

/** From so many bytes on every file is kept apart; weights are at any size. */
const LARGE = 10e6;

/**
 * The repository `owner/name` below `root`; null when there is none. `owner/name--anything` is the same one under another name,
 * so that every test can have its own.
 */
export function findRepository(root: string, id: string): Repository | null {
  const folder = join(root, id.replace(/--[\w.-]*$/, ''));
  if (!/^[\w.-]+\/[\w.-]+$/.test(id) || id.includes('..') || !existsSync(folder)) return null;
  const files = filesBelow(folder);
  const facts = [...files.values()].map(({ path, bytes, place }) => `${path} ${bytes} ${statSync(place).mtimeMs}\n`);
  const commit = createHash('sha1').update(id).update(facts.join('')).digest('hex');
  return { id, commit, files };
}

/** The file at a path below `root`; null when there is none. */
export function findFile(root: string, path: string): RepositoryFile | null {
  const place = join(root, path);
  const status = path.split('/').includes('..') ? undefined : statSync(place, { throwIfNoEntry: false });
  if (!status?.isFile()) return null;
  return { path, place, bytes: status.size, modified: status.mtime, large: status.size >= LARGE || /\.onnx|\.safetensors$/.test(path) };
}

function filesBelow(folder: string): ReadonlyMap<string, RepositoryFile> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => path.split(sep).join('/'));
  const files = paths.sort().flatMap((path) => findFile(folder, path) ?? []);
  return new Map(files.map((file) => [file.path, file]));
}

const checksums = new Map<string, Promise<string>>();

/** SHA-256 in hex, read once as long as the file is not changed. */
export function checksum({ place }: RepositoryFile): Promise<string> {
  const { mtimeMs, size } = statSync(place);
  const key = `${place} ${mtimeMs} ${size}`;
  const known = checksums.get(key) ?? readChecksum(place);
  checksums.set(key, known);
  return known;
}

async function readChecksum(place: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(place), hash);
  return hash.digest('hex');
}
