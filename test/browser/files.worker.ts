// The engine's way to files, alone in a thread: what stands for a tab in the tests of downloads.
import { expose } from 'comlink';
import { cancelled, toEngineError } from '../../src/errors';
import type { StoredModel } from '../../src/engine/model-report';
import type { ModelSource } from '../../src/engine/model-source';
import { sha256Of } from '../../models/files/checksum';
import type { FetchOptions, FileFacts, ModelFolder } from '../../models/files/model-folder';
import { openFolder, type OpenOptions } from '../../models/files/open-folder';
import { forgetModel, storedModels } from '../../models/files/stored-models';
import type { Answer } from '../../workers/answer';

export interface Fetched {
  readonly bytes: number;
  readonly sha256: string;
}

export interface Told {
  readonly bytes: number;
  readonly received: number;
}

export type FileOptions = Pick<FetchOptions, 'expect' | 'most'>;

/** The private file system's calls, and others of the platform's storage. */
const REFUSABLE = {
  directory: () => [FileSystemDirectoryHandle.prototype, 'getDirectoryHandle'],
  file: () => [FileSystemDirectoryHandle.prototype, 'getFileHandle'],
  handle: () => [FileSystemFileHandle.prototype, 'createSyncAccessHandle'],
  write: () => [
    (globalThis as unknown as { FileSystemSyncAccessHandle: { prototype: object } }).FileSystemSyncAccessHandle.prototype,
    'write',
  ],
  read: () => [FileSystemFileHandle.prototype, 'getFile'],
  cache: () => [Cache.prototype, 'put'],
  locks: () => [LockManager.prototype, 'request'],
  estimate: () => [StorageManager.prototype, 'estimate'],
} as const satisfies Record<string, () => readonly [owner: object, name: string]>;
export type RefusedCall = keyof typeof REFUSABLE;

export class FilesHost {
  #folder: ModelFolder | null = null;
  #abort = new AbortController();

  open(
    source: ModelSource,
    options: Omit<OpenOptions, 'signal'>,
  ): Promise<Answer<Pick<ModelFolder, 'id' | 'name' | 'revision' | 'licence'>>> {
    return answer(async () => {
      this.#folder = await openFolder(source, { ...options, signal: this.#abort.signal });
      const { id, name, revision, licence } = this.#folder;
      return { id, name, revision, licence };
    });
  }

  /** Both functions are comlink proxies. */
  fetch(
    path: string,
    options: FileOptions = {},
    onBytes?: (told: Told) => void,
    onNotice?: (message: string) => void,
  ): Promise<Answer<Fetched>> {
    const { signal } = this.#abort;
    return answer(async () => {
      const blob = await this.#open.fetch(path, {
        ...options,
        signal,
        onBytes: (bytes, received) => onBytes?.({ bytes, received }),
        onNotice: (message) => onNotice?.(message),
      });
      return { bytes: blob.size, sha256: await sha256Of(blob, signal) };
    });
  }

  list(): Promise<Answer<[string, FileFacts][] | null>> {
    return answer(async () => {
      const list = await this.#open.list(this.#abort.signal);
      return list && [...list];
    });
  }

  facts(path: string): Promise<Answer<FileFacts | null>> {
    return answer(() => this.#open.facts(path, this.#abort.signal));
  }

  stored(path: string): Promise<number> {
    return this.#open.stored(path);
  }

  touch(complete: boolean): Promise<void> {
    return this.#open.touch(complete);
  }

  close(): Promise<void> {
    return this.#open.close();
  }

  /** Aborts everything under way; what is asked for afterwards is not aborted. */
  abort(): void {
    this.#abort.abort(cancelled());
    this.#abort = new AbortController();
  }

  models(): Promise<Answer<readonly StoredModel[]>> {
    return answer(storedModels);
  }

  forget(key: string | null): Promise<Answer<null>> {
    return answer(async () => {
      await forgetModel(key);
      return null;
    });
  }

  /** From now on this thread believes that the device has no connection. */
  goOffline(): void {
    Object.defineProperty(navigator, 'onLine', { value: false, configurable: true });
  }

  /**
   * From now on the browser offers this thread storage and refuses to use it, at the call named: one that opens a file of the private file system,
   * writes to it or reads it; `cache` refuses the Cache API, `locks` and `estimate` what stands beside.
   */
  refuseStorage(calls: RefusedCall[]): void {
    const refuse = (): never => {
      throw new DOMException('The operation failed for an unknown transient reason.', 'UnknownError');
    };
    for (const call of calls) {
      const [owner, name] = REFUSABLE[call]();
      Object.defineProperty(owner, name, { value: call === 'write' ? refuse : async () => refuse(), configurable: true });
    }
  }

  /** From now on the browser tells this thread that it may store so many bytes more. */
  tellRoom(bytes: number): void {
    Object.defineProperty(navigator.storage, 'estimate', { value: async () => ({ quota: bytes, usage: 0 }), configurable: true });
  }

  get #open(): ModelFolder {
    if (!this.#folder) throw new Error('no folder is open');
    return this.#folder;
  }
}

async function answer<T>(work: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    return { ok: false, error: toEngineError(error) };
  }
}

expose(new FilesHost());
