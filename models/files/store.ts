// What the downloader needs of a place that keeps files on this device.

/** One stored file, open for writing by one thread. */
export interface StoredFile {
  /** Bytes stored. */
  readonly bytes: number;
  append(piece: Uint8Array<ArrayBuffer>): void | Promise<void>;
  /** Returns when what was appended outlives this tab. */
  flush(): void | Promise<void>;
  /** Forgets all bytes from `bytes` on. */
  truncate(bytes: number): void | Promise<void>;
  /** All stored bytes in order; a piece is valid until the next is asked for. */
  read(): AsyncIterable<Uint8Array>;
  close(): void | Promise<void>;
}

/**
 * Folders of files, each file with metadata (a small JSON value). Names of folders and files are any text without '/'; folders
 * whose name begins with '@' are not listed. Writing
 * throws the platform's QuotaExceededError when the storage quota is reached. What is not there reads as null, 0 or nothing.
 */
export interface Store {
  open(folder: string, file: string): Promise<StoredFile>;
  blob(folder: string, file: string): Promise<Blob | null>;
  bytes(folder: string, file: string): Promise<number>;
  remove(folder: string, file: string): Promise<void>;
  readMetadata(folder: string, name: string): Promise<unknown>;
  writeMetadata(folder: string, name: string, value: unknown): Promise<void>;
  folders(): Promise<readonly string[]>;
  /** Names and sizes of a folder's files. */
  files(folder: string): Promise<ReadonlyMap<string, number>>;
  removeFolder(folder: string): Promise<void>;
}
