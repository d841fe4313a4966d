// Firefox without a screen, driven through WebDriver BiDi, which it speaks itself.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type ElementHandle } from 'puppeteer-core';
import type { Driven } from './driven';
import { type ByName, find, noControl, standsStill } from './find';

/** Starts it with a profile and a folder for downloads that are gone when it is closed. */
export async function openFirefox(executablePath: string): Promise<Driven> {
  const downloads = mkdtempSync(join(tmpdir(), 'noema-firefox-'));
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    defaultViewport: { width: 1440, height: 1000 },
    extraPrefsFirefox: { 'browser.download.folderList': 2, 'browser.download.dir': downloads, 'browser.download.useDownloadDir': true },
  });
  const [page] = await browser.pages();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`thrown: ${String(error)}`));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`);
  });
  const control = async (by: ByName): Promise<ElementHandle<HTMLElement>> => {
    const element = (await page.evaluateHandle(find, by)).asElement();
    if (element === null) throw noControl(by);
    return element as ElementHandle<HTMLElement>;
  };
  return {
    version: await browser.version(),
    downloads,
    open: async (url) => void (await page.goto(url)),
    look: async <A extends readonly unknown[], R>(look: (...args: A) => R, ...args: A) =>
      (await page.evaluate(look as (...given: readonly unknown[]) => unknown, ...args)) as R,
    press: async (by) => {
      await standsStill(async () => (await control(by)).boundingBox());
      await (await control(by)).click();
    },
    give: async (by, file) => ((await control(by)) as ElementHandle<HTMLInputElement>).uploadFile(file),
    resize: (width, height) => page.setViewport({ width, height }),
    picture: async (file) => writeFileSync(file, await page.screenshot()),
    problems: () => problems,
    close: async () => {
      await browser.close();
      rmSync(downloads, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
    },
  };
}
