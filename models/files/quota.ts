// Whether the storage quota allows what is about to be stored. Browsers tell it roughly, some not at all: writing may fail all the same.
import { storageFull } from './messages';

/** Bytes that a download under way will still store. */
export interface Reservation {
  bytes: number;
  end(): void;
}

const reservations = new Set<Reservation>();

/** Throws STORAGE_FULL when `bytes` more, beside all that is reserved, will not fit, saying how much is missing. */
export async function reserve(path: string, bytes: number): Promise<Reservation> {
  const { quota = Infinity, usage = 0 } = await estimate();
  const reserved = [...reservations].reduce((sum, other) => sum + other.bytes, 0);
  const missing = reserved + bytes - (quota - usage);
  if (missing > 0) throw storageFull(path, missing, `${bytes} bytes to store, ${quota - usage} allowed`);
  const reservation: Reservation = { bytes, end: () => void reservations.delete(reservation) };
  reservations.add(reservation);
  return reservation;
}

/** What the browser says of its quota; nothing where it does not. */
async function estimate(): Promise<StorageEstimate> {
  try {
    return (await (globalThis.navigator as { storage?: StorageManager } | undefined)?.storage?.estimate()) ?? {};
  } catch {
    return {};
  }
}

/** Whether the platform refused to store more. */
export const isQuotaError = (error: unknown): boolean => error instanceof Error && error.name === 'QuotaExceededError';
