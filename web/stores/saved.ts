// Small texts kept between visits. A browser that refuses storage costs the memory, never the page.

/** What was saved under `key`, or null. */
export function readSaved(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Saves `value` under `key`; null removes it. */
export function writeSaved(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Private windows and full disks refuse; the choice then lasts as long as the page.
  }
}
