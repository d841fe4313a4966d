// Files in the origin's private file system, written through synchronous handles, which only workers have.
import type { Store, StoredFile } from './store';

/** The platform's FileSystemSyncAccessHandle; a page's own types lack it. */
interface SyncHandle {
  read(buffer: Uint8Array, options: { at: number }): number;
  write(buffer: Uint8Array, options: { at: number }): number;
  truncate(bytes: number): void;
  getSize(): number;
  flush(): void;
  close(): void;
}

type SyncFile = FileSystemFileHandle & { createSyncAccessHandle(): Promise<SyncHandle> };

const ROOT = 'noema-models';
const FILES = 'files';
const METADATA = 'notes';
const READ_BYTES = 4 * 2 ** 20;
/** A thread that was ended gives its handles back a moment later: so often, and so many milliseconds apart, we ask again. */
const LOCK_ATTEMPTS = 50;
const LOCK_DELAY_MS = 40;

/** Null where there is no such file system, or none for this thread: in a window, in some private windows, without encryption. */
export async function openOpfsStore(): Promise<Store | null> {
  try {
    if (!('createSyncAccessHandle' in FileSystemFileHandle.prototype) || !('WorkerGlobalScope' in globalThis)) return null;
    const top = await navigator.storage.getDirectory();
    return new OpfsStore(await top.getDirectoryHandle(ROOT, { create: true }));
  } catch {
    return null;
  }
}

class OpfsStore implements Store {
  readonly #root: FileSystemDirectoryHandle;

  constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  async open(folder: string, file: string): Promise<StoredFile> {
    const directory = await this.#directory(folder, FILES, true);
    return new OpfsFile(await lockFile(await directory.getFileHandle(file, { create: true })));
  }

  blob(folder: string, file: string): Promise<Blob | null> {
    return orNull(async () => (await (await this.#directory(folder, FILES)).getFileHandle(file)).getFile());
  }

  async bytes(folder: string, file: string): Promise<number> {
    return (await this.blob(folder, file))?.size ?? 0;
  }

  async remove(folder: string, file: string): Promise<void> {
    await orNull(async () => (await this.#directory(folder, FILES)).removeEntry(file));
    await orNull(async () => (await this.#directory(folder, METADATA)).removeEntry(file));
  }

  async readMetadata(folder: string, name: string): Promise<unknown> {
    const file = await orNull(async () => (await (await this.#directory(folder, METADATA)).getFileHandle(name)).getFile());
    if (file === null) return null;
    try {
      return JSON.parse((await file.text()).split('\n')[0]) as unknown;
    } catch {
      return null;
    }
  }

  /** One line, written over the old one before what is left of that is cut off: at every moment the first line is whole. */
  async writeMetadata(folder: string, name: string, value: unknown): Promise<void> {
    const directory = await this.#directory(folder, METADATA, true);
    const handle = await lockFile(await directory.getFileHandle(name, { create: true }));
    try {
      const line = new TextEncoder().encode(`${JSON.stringify(value)}\n`);
      writeAll(handle, line, 0);
      handle.truncate(line.length);
      handle.flush();
    } finally {
      handle.close();
    }
  }

  async folders(): Promise<readonly string[]> {
    return (await namesIn(this.#root)).filter((name) => !name.startsWith('@'));
  }

  async files(folder: string): Promise<ReadonlyMap<string, number>> {
    const names = await orNull(async () => namesIn(await this.#directory(folder, FILES)));
    return new Map(await Promise.all((names ?? []).map(async (name) => [name, await this.bytes(folder, name)] as const)));
  }

  async removeFolder(folder: string): Promise<void> {
    await orNull(() => this.#root.removeEntry(folder, { recursive: true }));
  }

  async #directory(folder: string, part: string, create = false): Promise<FileSystemDirectoryHandle> {
    return (await this.#root.getDirectoryHandle(folder, { create })).getDirectoryHandle(part, { create });
  }
}

class OpfsFile implements StoredFile {
  readonly #handle: SyncHandle;
  #bytes: number;

  constructor(handle: SyncHandle) {
    this.#handle = handle;
    this.#bytes = handle.getSize();
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(piece: Uint8Array): void {
    try {
      writeAll(this.#handle, piece, this.#bytes);
    } catch (error) {
      this.#handle.truncate(this.#bytes);
      throw error;
    }
    this.#bytes += piece.length;
  }

  flush(): void {
    this.#handle.flush();
  }

  truncate(bytes: number): void {
    if (bytes >= this.#bytes) return;
    this.#handle.truncate(bytes);
    this.#bytes = bytes;
  }

  async *read(): AsyncGenerator<Uint8Array, void, undefined> {
    const buffer = new Uint8Array(Math.min(READ_BYTES, this.#bytes));
    for (let at = 0; at < this.#bytes;) {
      const length = this.#handle.read(buffer.subarray(0, Math.min(buffer.length, this.#bytes - at)), { at });
      if (length === 0) return;
      yield buffer.subarray(0, length);
      at += length;
    }
  }

  close(): void {
    this.#handle.close();
  }
}

async function namesIn(directory: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const name of directory.keys()) names.push(name);
  return names;
}

/**
 * A short write reached the storage quota. Chromium 156 does not throw then, as it should, but returns its error number as
 * an unsigned count (4294967288); the test of a full disk in files-refused.browser.test.ts would notice what becomes of that.
 */
function writeAll(handle: SyncHandle, bytes: Uint8Array, at: number): void {
  if (handle.write(bytes, { at }) !== bytes.length) throw new DOMException('The storage quota is reached.', 'QuotaExceededError');
}

async function lockFile(file: FileSystemFileHandle): Promise<SyncHandle> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await (file as SyncFile).createSyncAccessHandle();
    } catch (error) {
      const held = error instanceof DOMException && error.name === 'NoModificationAllowedError';
      if (!held || attempt === LOCK_ATTEMPTS) throw error;
      await new Promise((resolve) => void setTimeout(resolve, LOCK_DELAY_MS));
    }
  }
}

async function orNull<T>(work: () => Promise<T>): Promise<T | null> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return null;
    throw error;
  }
}
