// The cache that models are kept in where there is no private file system, held open by the page.

/** Its name. */
export const CACHE = 'noema-models';

let held: Promise<Cache | null> | null = null;

/**
 * Keeps that cache open for as long as this page is there; does nothing where files are kept elsewhere. In its private windows WebKit forgets a
 * cache with the last Cache object that was open, as when a worker is ended, and loses what is put into it afterwards without a word. Never
 * throws.
 */
export function holdCache(): void {
  const { storage } = globalThis.navigator as { readonly storage?: Partial<StorageManager> };
  const { caches } = globalThis as { readonly caches?: CacheStorage };
  if (storage?.getDirectory !== undefined || caches === undefined) return;
  held ??= caches.open(CACHE).catch(() => null);
}
