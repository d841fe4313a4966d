// Starts what a benchmark runs in: a server for the page and the model, a Chromium, the page with its worker.
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright';
import { createServer } from 'vite';
import { parseModelSource, type NamedSource } from '../../src/engine/model-source';
import { startBrowser } from '../../web/cli/launch';
import { EMBEDDED_MODEL } from '../../web/embedded-model';
import { serveFolder } from '../../web/cli/serve-folder';

export interface Stage {
  readonly browser: BrowserContext;
  /** What the worker is to load. */
  readonly source: NamedSource;
  /** Opens the page; its worker has started when this resolves. What it tells is written to standard error after `name`. */
  open(name: string, before?: (page: Page) => Promise<void>): Promise<Page>;
  close(): Promise<void>;
}

/** Starting a browser on a GPU without a driver can hang. */
const START_MS = 120_000;

/**
 * @param model a folder of this machine, or what `parseModelSource` reads; null for the embedded model.
 * @param flags what Chromium is started with: `chooseAdapter` gives them.
 */
export async function openStage(model: string | null, flags: readonly string[]): Promise<Stage> {
  const folder = model !== null && statSync(model, { throwIfNoEntry: false })?.isDirectory() ? resolve(model) : null;
  const remote = model === null || folder !== null ? null : parseModelSource(model);
  const server = await createServer({
    // Files that change while a benchmark runs are of no interest to it.
    server: { port: 0, hmr: false, watch: null },
    // Its own cache: a test run at the same time would throw away the other's pre-bundled libraries.
    cacheDir: 'node_modules/.vite-bench',
    logLevel: 'error',
    plugins: folder === null ? [] : [serveFolder('/model/', folder)],
  });
  await server.listen();
  const address = server.resolvedUrls?.local[0] as string;
  const at = (path: string): string => new URL(path, address).href;
  const browser = await startBrowser(flags, (options) => chromium.launchPersistentContext('', { ...options, timeout: START_MS }));
  const open = async (name: string, before?: (page: Page) => Promise<void>): Promise<Page> => {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    page.on('pageerror', (error) => console.error(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'info' || message.type() === 'error') process.stderr.write(`${name}: ${message.text()}\n`);
    });
    await before?.(page);
    await page.goto(at('test/bench/index.html'), { timeout: START_MS });
    await page.waitForFunction(() => window.noemaBench !== undefined, undefined, { timeout: START_MS });
    return page;
  };
  return {
    browser,
    // A folder is served as any server's: its files are downloaded, stored and read from there, as a visitor's are.
    source: remote ?? (folder === null ? { kind: 'site', url: at(EMBEDDED_MODEL) } : { kind: 'url', url: at('model/') }),
    open,
    close: async () => {
      await browser.close();
      await server.close();
    },
  };
}
