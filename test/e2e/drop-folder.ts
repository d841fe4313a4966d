// A folder dropped on the page: no test can drop a real one.
import type { Locator } from '@playwright/test';

/** Drops a folder with one photo on an element as the page sees it. */
export async function dropFolder(target: Locator, name: string): Promise<void> {
  await target.evaluate((element, called) => {
    const helpings = [[{ name: 'photo.jpg', isFile: true, isDirectory: false }], []];
    const reader = { readEntries: (give: (entries: unknown) => void) => give(helpings.shift()) };
    const folder = { name: called, isFile: false, isDirectory: true, createReader: () => reader };
    const drop = new Event('drop', { bubbles: true, cancelable: true });
    Object.defineProperty(drop, 'dataTransfer', { value: { items: [{ webkitGetAsEntry: () => folder }] } });
    element.dispatchEvent(drop);
  }, name);
}
