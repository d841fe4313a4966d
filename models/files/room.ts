// Whether this browser has room for what is about to be stored. The page may ask it to keep what is stored (navigator.storage.persist).
import { isQuota } from './download';
import { noRoom } from './words';

/** Room that a download under way will still take. */
export interface Reservation {
  bytes: number;
  end(): void;
}

const reservations = new Set<Reservation>();

/** Throws STORAGE_FULL when `bytes` more, beside all that is reserved, will not fit, saying how much is missing. */
export async function reserve(path: string, bytes: number): Promise<Reservation> {
  const reserved = [...reservations].reduce((sum, other) => sum + other.bytes, 0);
  const missing = await missingRoom(reserved + bytes);
  if (missing > 0) throw noRoom(path, missing, `${bytes} bytes to store`);
  const reservation: Reservation = { bytes, end: () => void reservations.delete(reservation) };
  reservations.add(reservation);
  return reservation;
}

/** How many of `bytes` will not fit; 0 where the browser does not tell. */
async function missingRoom(bytes: number): Promise<number> {
  const storage = (globalThis.navigator as { storage?: StorageManager } | undefined)?.storage;
  const { quota, usage } = (await storage?.estimate()) ?? {};
  return quota === undefined || usage === undefined ? 0 : Math.max(0, bytes - (quota - usage));
}

/** The platform's refusal to store more, in words; any other error as it is. `left` bytes were still to come, if that is known. */
export async function explainQuota(error: unknown, path: string, left: number | null): Promise<unknown> {
  if (!isQuota(error)) return error;
  const missing = left === null ? 0 : await missingRoom(left);
  return noRoom(path, missing > 0 ? missing : null, String(error));
}
