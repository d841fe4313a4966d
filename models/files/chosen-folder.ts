// A folder of the visitor's own disk: the files they chose and no others, read in place and never copied.
import { fault, throwIfAborted } from '../../src/errors';
import type { FolderFile } from '../../src/engine/model-source';
import { sha256Of } from './checksum';
import { mostBytes } from './limits';
import { listFromManifest } from './manifest-list';
import type { FetchOptions, FileFacts, ModelFolder } from './model-folder';
import { damagedOnDisk, notChosen, tooLarge, unreadable } from './messages';

const CONFIG = 'config.json';

export class ChosenFolder implements ModelFolder {
  readonly id: string;
  readonly name: string;
  readonly revision = null;
  readonly licence = null;
  readonly #files: ReadonlyMap<string, Blob>;
  #list: Promise<ReadonlyMap<string, FileFacts>> | null = null;

  /** Throws BAD_INPUT when there is nothing in it that can be read. */
  constructor(name: string, files: readonly FolderFile[]) {
    this.id = name;
    this.name = name;
    this.#files = belowRoot(files);
    if (this.#files.size === 0) {
      throw fault('BAD_INPUT', 'The folder has no files.', 'Choose the folder that holds config.json and the onnx files.');
    }
  }

  /** Sizes as they are; checksums from the folder's manifest.json, where it has one. */
  list(signal: AbortSignal): Promise<ReadonlyMap<string, FileFacts>> {
    this.#list ??= this.#read(signal).catch((error: unknown) => {
      this.#list = null;
      throw error;
    });
    return this.#list;
  }

  async facts(path: string, signal: AbortSignal): Promise<FileFacts | null> {
    return (await this.list(signal)).get(path) ?? null;
  }

  async fetch(path: string, { signal, onBytes, expect, most = Infinity }: FetchOptions): Promise<Blob> {
    throwIfAborted(signal);
    const file = this.#files.get(path);
    if (!file) throw notChosen(path, `${this.name}: ${this.#files.size} files, none of them ${path}`);
    const limit = Math.min(most, mostBytes(path));
    if (file.size > limit) throw tooLarge(path, limit);
    try {
      // Also tells whether the file can still be read: browsers refuse one that was changed since it was chosen.
      await file.slice(0, 1).arrayBuffer();
      if (expect) await check(path, file, expect, signal);
    } catch (error) {
      throw error instanceof DOMException ? unreadable(path, String(error)) : error;
    }
    onBytes?.(file.size, 0);
    return file;
  }

  async stored(path: string): Promise<number> {
    return this.#files.get(path)?.size ?? 0;
  }

  async touch(): Promise<void> {}

  async close(): Promise<void> {}

  async #read(signal: AbortSignal): Promise<ReadonlyMap<string, FileFacts>> {
    const promised = await listFromManifest((path) => this.fetch(path, { signal }));
    return new Map([...this.#files].map(([path, { size }]) => [path, { bytes: size, sha256: promised?.get(path)?.sha256 ?? null }]));
  }
}

async function check(path: string, file: Blob, { bytes, sha256 }: FileFacts, signal: AbortSignal): Promise<void> {
  if (bytes !== null && bytes !== file.size) throw damagedOnDisk(path, `${file.size} bytes, expected ${bytes}`);
  if (sha256 === null) return;
  const hex = await sha256Of(file, signal);
  if (hex !== sha256) throw damagedOnDisk(path, `SHA-256 ${hex}, expected ${sha256}`);
}

/** The files by their paths below the folder with the topmost config.json, or else below what all paths share. */
function belowRoot(files: readonly FolderFile[]): ReadonlyMap<string, Blob> {
  const found = files.flatMap(({ path, file }) => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    return file instanceof Blob && parts.length > 0 && !parts.includes('..') ? [{ parts, file }] : [];
  });
  const depth = Math.min(...found.filter(({ parts }) => parts.at(-1) === CONFIG).map(({ parts }) => parts.length - 1));
  const root = Number.isFinite(depth)
    ? (found.find(({ parts }) => parts.length - 1 === depth && parts.at(-1) === CONFIG)?.parts.slice(0, depth) ?? [])
    : shared(found.map(({ parts }) => parts.slice(0, -1)));
  const inside = found.filter(({ parts }) => root.every((part, i) => parts[i] === part));
  return new Map(inside.map(({ parts, file }) => [parts.slice(root.length).join('/'), file]));
}

function shared(folders: readonly (readonly string[])[]): readonly string[] {
  const [first = [], ...others] = folders;
  const end = first.findIndex((part, i) => others.some((other) => other[i] !== part));
  return end === -1 ? first : first.slice(0, end);
}
