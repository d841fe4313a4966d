// Where the page's script does not run there is a sentence that says what to do, and nobody sees it where it does.
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from './watched-page';

const DIST = join(import.meta.dirname, '../../dist');
const WORDS = 'Noema has not started.';
const TYPES: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css' };

/** Serves the built page as a server does that knows no type for scripts. */
async function servePlain(): Promise<Server> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    readFile(join(DIST, path === '/' ? 'index.html' : path)).then(
      (bytes) => response.writeHead(200, { 'Content-Type': TYPES[extname(path) || '.html'] ?? 'text/plain' }).end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

test('opened as a file it says how to start it', async ({ page, watch }) => {
  watch.expectProblem(/file:|ERR_FAILED|security policy|Content Security Policy/);
  await page.goto(pathToFileURL(join(DIST, 'index.html')).href);
  await expect(page.getByText(WORDS)).toBeVisible();
  await expect(page.getByText('npm start')).toBeVisible();
});

test('with scripts served as plain text it says how to serve them', async ({ page, watch }) => {
  watch.expectProblem(/left the origin|MIME type/);
  const server = await servePlain();
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    const sentence = page.getByText(WORDS);
    await expect(sentence).toBeHidden();
    // The seconds that any start may take are not waited for.
    await sentence.evaluate((element) => element.getAnimations().forEach((animation) => animation.finish()));
    await expect(sentence).toBeVisible();
    await expect(page.getByText('text/javascript')).toBeVisible();
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

test('is not seen while the page starts, and gone when it has', async ({ page }) => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route(/assets\/main-.*\.js$/, async (route) => {
    await held;
    await route.continue();
  });
  await page.goto('./', { waitUntil: 'commit' });
  const sentence = page.getByText(WORDS);
  await expect(sentence).toBeAttached();
  await expect(sentence).toBeHidden();
  release();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(sentence).not.toBeAttached();
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false });
  test('it says that it needs it', async ({ page }) => {
    await page.goto('./');
    const words = page.locator('noscript');
    await expect(words).toBeVisible();
    expect(await words.innerHTML()).toContain('JavaScript is off in this browser.');
  });
});
