// Small texts kept between visits. A browser that refuses storage costs the memory, never the page.

/** Longer than anything the page saves: whatever is, was written by something else and would be slow to read. */
const LONGEST = 10_000;

/** What was saved under `key`, or null. */
export function readSaved(key: string): string | null {
  try {
    const saved = localStorage.getItem(key);
    return saved !== null && saved.length <= LONGEST ? saved : null;
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
