// A folder of model files, wherever it lies: on the page's own site, on a hub, on any server, or on the visitor's disk.

/** What is known of a file before it is fetched. */
export interface FileFacts {
  /** Null when the server does not say. */
  readonly bytes: number | null;
  /** Lower-case hex; null when the source gives none. */
  readonly sha256: string | null;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  /**
   * Called as bytes become available, with how many of the file's bytes are here so far (what was stored counts at once) and
   * how many of these came over the network in this call. Both start again when the download has to.
   */
  readonly onBytes?: (bytes: number, received: number) => void;
  /** Size and checksum the file must have, where the caller knows better than the source (a manifest). */
  readonly expect?: FileFacts;
  /** Bytes that were agreed to: when more come the file is refused and nothing of it is kept. Small files have a limit of their own (limits.ts). */
  readonly most?: number;
  /** Something a person should know while waiting, such as that another tab is fetching the same file. */
  readonly onNotice?: (message: string) => void;
}

/** Paths are relative, with '/' between their parts. Every method throws an EngineFault; an abort is CANCELLED. */
export interface ModelFolder {
  /** Who this model is: 'owner/name', a folder's name, or an address without its scheme. */
  readonly id: string;
  /** For people. */
  readonly name: string;
  /** The commit all files are taken from; null when the source has none. */
  readonly revision: string | null;
  /** As the source gives it; null when it does not. */
  readonly licence: string | null;
  /** All files with their facts; null when the source cannot be listed. */
  list(signal: AbortSignal): Promise<ReadonlyMap<string, FileFacts> | null>;
  /** Facts of one file; null when there is none. Throws DOWNLOAD when it cannot be found out. */
  facts(path: string, signal: AbortSignal): Promise<FileFacts | null>;
  /**
   * The file's bytes, complete and checked, backed by the disk where the folder stores files. Throws DOWNLOAD (not there, not
   * allowed, no answer, connection lost), INTEGRITY (not as it was published), BAD_MODEL (larger than it may be) or STORAGE_FULL.
   */
  fetch(path: string, options: FetchOptions): Promise<Blob>;
  /** How many bytes of the file are on this device already. */
  stored(path: string): Promise<number>;
  /** Marks the stored copy as used now and complete or not; nothing where files are not stored. */
  touch(complete: boolean): Promise<void>;
  /**
   * The Blobs given out are no longer read: from now on a stored copy may be deleted, as it may not be from the first `fetch` on.
   * What is still being fetched is stopped.
   */
  close(): Promise<void>;
}
