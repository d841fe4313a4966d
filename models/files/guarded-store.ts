// A store whose failures can be told from all others: what the browser's storage throws, beside a reached quota, becomes one fault.
import { EngineFault } from '../../src/errors';
import { storageFailed } from './messages';
import { isQuotaError } from './quota';
import type { Store, StoredFile } from './store';

/** The fault of a storage that exists and does not work, for callers that can do without it. */
export class StorageFailure extends EngineFault {}

/** The same store; every method throws StorageFailure where the platform refuses, and QuotaExceededError as before. */
export function guarded(store: Store): Store {
  return {
    open: (folder, file) => guard(async () => guardedFile(await store.open(folder, file))),
    blob: (folder, file) => guard(() => store.blob(folder, file)),
    bytes: (folder, file) => guard(() => store.bytes(folder, file)),
    remove: (folder, file) => guard(() => store.remove(folder, file)),
    readMetadata: (folder, name) => guard(() => store.readMetadata(folder, name)),
    writeMetadata: (folder, name, value) => guard(() => store.writeMetadata(folder, name, value)),
    folders: () => guard(() => store.folders()),
    files: (folder) => guard(() => store.files(folder)),
    removeFolder: (folder) => guard(() => store.removeFolder(folder)),
  };
}

function guardedFile(file: StoredFile): StoredFile {
  return {
    get bytes() {
      return file.bytes;
    },
    append: (piece) => guard(() => file.append(piece)),
    flush: () => guard(() => file.flush()),
    truncate: (bytes) => guard(() => file.truncate(bytes)),
    async *read() {
      try {
        yield* file.read();
      } catch (error) {
        throw failure(error);
      }
    },
    close: () => guard(() => file.close()),
  };
}

async function guard<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(error);
  }
}

const failure = (error: unknown): unknown => (isQuotaError(error) ? error : new StorageFailure(storageFailed(String(error)).value));
