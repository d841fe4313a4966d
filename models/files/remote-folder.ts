// A folder on another server whose files are downloaded once, kept on this device, and read from there afterwards.
import pLimit from 'p-limit';
import { EngineFault, throwIfAborted, type EngineError } from '../../src/errors';
import { download } from './download';
import { StorageFailure } from './guarded-store';
import { isSameFile, parseJournal, type Journal } from './journal';
import { mostBytes } from './limits';
import { acquireLock, fileLock, folderLock, tryLock, type Release } from './locks';
import type { FetchOptions, FileFacts, ModelFolder } from './model-folder';
import { Retrier } from './retry';
import { storedName, writeRecord, writeUse } from './records';
import { memoryStore } from './open-store';
import type { Remote } from './remote';
import { fetchOnce } from './request';
import { isQuotaError, reserve, type Reservation } from './quota';
import type { Store } from './store';
import { PARALLEL, type Tuning } from './tuning';
import { storageFull, tooLarge } from './messages';

const NOTHING: FileFacts = { bytes: null, sha256: null };
/** Where the list of a plain folder is; it cannot be looked up in itself. */
const LIST = 'manifest.json';
const limit = pLimit(PARALLEL);

export class RemoteFolder implements ModelFolder {
  readonly #remote: Remote;
  #store: Store;
  readonly #folder: string;
  readonly #tuning: Tuning;
  #list: Promise<ReadonlyMap<string, FileFacts> | null> | null = null;
  #recorded = false;
  #noticed = false;
  #folderLock: Promise<Release> | null = null;
  readonly #running = new Set<Promise<Blob>>();
  #closing = new AbortController();

  private constructor(remote: Remote, store: Store, folder: string, tuning: Tuning) {
    this.#remote = remote;
    this.#store = store;
    this.#folder = folder;
    this.#tuning = tuning;
  }

  static async open(remote: Remote, store: Store, tuning: Tuning): Promise<RemoteFolder> {
    return new RemoteFolder(remote, store, await storedName(remote.key), tuning);
  }

  get id(): string {
    return this.#remote.id;
  }

  get name(): string {
    return this.#remote.name;
  }

  get revision(): string | null {
    return this.#remote.revision;
  }

  get licence(): string | null {
    return this.#remote.licence;
  }

  list(signal: AbortSignal): Promise<ReadonlyMap<string, FileFacts> | null> {
    this.#list ??= this.#remote
      .list(signal, (path) => this.fetch(path, { signal }))
      .catch((error: unknown) => {
        this.#list = null;
        throw error;
      });
    return this.#list;
  }

  async facts(path: string, signal: AbortSignal): Promise<FileFacts | null> {
    return (await this.#listed(path, signal)) ?? this.#remote.probe(path, signal);
  }

  fetch(path: string, options: FetchOptions): Promise<Blob> {
    const fetching = this.#fetchSomehow(path, { ...options, signal: AbortSignal.any([options.signal, this.#closing.signal]) });
    this.#running.add(fetching);
    void fetching.catch(() => undefined).finally(() => this.#running.delete(fetching));
    return fetching;
  }

  /** Where the storage fails meanwhile, files are kept in memory from then on. */
  async #fetchSomehow(path: string, options: FetchOptions): Promise<Blob> {
    const store = this.#store;
    try {
      return await this.#fetch(path, options, store);
    } catch (error) {
      if (!(error instanceof StorageFailure)) throw error;
      if (this.#store === store) {
        this.#store = memoryStore();
        this.#recorded = false;
        options.onNotice?.("This browser's storage does not work here: the model is kept in memory, for this visit alone.");
      }
      return this.#fetch(path, options, this.#store);
    }
  }

  async #fetch(path: string, options: FetchOptions, store: Store): Promise<Blob> {
    const { signal, onBytes } = options;
    throwIfAborted(signal);
    const facts = await this.#expected(path, options);
    const most = Math.min(options.most ?? Infinity, mostBytes(path));
    if (facts.bytes !== null && facts.bytes > most) throw tooLarge(path, most);
    await this.#lockFolder(signal);
    const file = await storedName(path);
    const release = await this.#lockFile(store, file, options);
    try {
      const journal = parseJournal(await store.readMetadata(this.#folder, file));
      const here = await this.#isHere(store, path, file, journal, facts, signal);
      // A complete file that is another one is of no use; a part of one may be.
      const partial = journal?.complete ? null : journal;
      if (!here) await limit(() => this.#download(store, path, file, partial, facts, { ...options, most }));
      const blob = (await store.blob(this.#folder, file)) ?? new Blob();
      if (blob.size > most) {
        await store.remove(this.#folder, file);
        throw tooLarge(path, most);
      }
      if (here) onBytes?.(blob.size, 0);
      return blob;
    } finally {
      release();
    }
  }

  async stored(path: string): Promise<number> {
    return this.#store.bytes(this.#folder, await storedName(path)).catch(() => 0);
  }

  async touch(complete: boolean): Promise<void> {
    // A storage that is full or refuses to write does not take away the model that was read from it.
    await writeUse(this.#store, this.#folder, { lastUsed: Date.now(), complete }).catch(() => undefined);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#closing = new AbortController();
    // A download that is stopped still saves its journal.
    await Promise.allSettled(this.#running);
    const held = this.#folderLock;
    this.#folderLock = null;
    (await held)?.();
  }

  async #listed(path: string, signal: AbortSignal): Promise<FileFacts | undefined> {
    return path === LIST && !this.#remote.pinned ? undefined : (await this.list(signal))?.get(path);
  }

  /** What the file must be, from the caller and from the source's list. */
  async #expected(path: string, { expect, signal }: FetchOptions): Promise<FileFacts> {
    if (expect && expect.bytes !== null && expect.sha256 !== null) return expect;
    const facts = (await this.#listed(path, signal)) ?? NOTHING;
    return { bytes: expect?.bytes ?? facts.bytes, sha256: expect?.sha256 ?? facts.sha256 };
  }

  /** Nobody may delete the folder from the first file asked for until `close`. */
  async #lockFolder(signal: AbortSignal): Promise<void> {
    this.#folderLock ??= acquireLock(folderLock(this.#folder), 'shared', signal).catch((error: unknown) => {
      this.#folderLock = null;
      throw error;
    });
    await this.#folderLock;
  }

  /** Locks the file. While another tab has it, that tab's progress is reported. */
  async #lockFile(store: Store, file: string, { signal, onBytes, onNotice }: FetchOptions): Promise<Release> {
    const lock = fileLock(this.#folder, file);
    const free = await tryLock(lock);
    if (free) return free;
    if (!this.#noticed) onNotice?.('Another tab is downloading this model; its files are used here too.');
    this.#noticed = true;
    const poll = async (): Promise<void> => onBytes?.(await store.bytes(this.#folder, file), 0);
    const timer = setInterval(() => void poll().catch(() => undefined), this.#tuning.pollMs);
    try {
      return await acquireLock(lock, 'exclusive', signal);
    } finally {
      clearInterval(timer);
    }
  }

  /** Whether the file is stored completely and still the one that is meant. */
  async #isHere(
    store: Store,
    path: string,
    file: string,
    journal: Journal | null,
    facts: FileFacts,
    signal: AbortSignal,
  ): Promise<boolean> {
    if (!journal?.complete || !isSameFile(journal, facts)) return false;
    if ((await store.bytes(this.#folder, file)) !== journal.bytes) return false;
    if (this.#remote.pinned || facts.sha256 !== null || journal.validator === null) return true;
    const request = { url: this.#remote.urlOf(path), path, method: 'HEAD', credentials: this.#remote.credentials } as const;
    try {
      return await fetchOnce(request, this.#tuning.stallMs, signal, async ({ ok, headers }) => {
        const now = headers.get('etag') ?? headers.get('last-modified');
        return !ok || now === null || now === journal.validator;
      });
    } catch {
      // The server does not answer: what is stored is the best there is.
      throwIfAborted(signal);
      return true;
    }
  }

  async #download(
    store: Store,
    path: string,
    file: string,
    journal: Journal | null,
    facts: FileFacts,
    options: FetchOptions,
  ): Promise<void> {
    const { signal, onBytes, onNotice, most = Infinity } = options;
    throwIfAborted(signal);
    const { credentials } = this.#remote;
    const stored = journal && isSameFile(journal, facts) ? await store.bytes(this.#folder, file) : 0;
    const reservation: Reservation | null = facts.bytes === null ? null : await reserve(path, Math.max(0, facts.bytes - stored));
    try {
      await this.#record(store);
      await download({
        request: { url: this.#remote.urlOf(path), path, credentials },
        facts,
        file: await store.open(this.#folder, file),
        journal,
        saveJournal: (entry) => store.writeMetadata(this.#folder, file, entry),
        refusal: (response) => this.#remote.refusal(path, response),
        most,
        tuning: this.#tuning,
        retrier: new Retrier(this.#tuning, signal, onNotice),
        signal,
        onBytes: (bytes, received) => {
          if (reservation) reservation.bytes = Math.max(0, (facts.bytes ?? 0) - bytes);
          onBytes?.(bytes, received);
        },
      });
    } catch (error) {
      if (codeOf(error) === 'INTEGRITY' || codeOf(error) === 'BAD_MODEL') await store.remove(this.#folder, file);
      throw isQuotaError(error) ? storageFull(path, reservation?.bytes ?? null, String(error)) : error;
    } finally {
      reservation?.end();
    }
  }

  /** Saves whose folder this is, before the first file is put in. */
  async #record(store: Store): Promise<void> {
    if (this.#recorded) return;
    this.#recorded = true;
    const { id, name, revision, licence, asked } = this.#remote;
    const files = this.#remote.pinned ? await this.#list : null;
    await writeRecord(store, this.#folder, { id, name, revision, licence, asked, files: files && Object.fromEntries(files) });
  }
}

const codeOf = (error: unknown): EngineError['code'] | null => (error instanceof EngineFault ? error.value.code : null);
