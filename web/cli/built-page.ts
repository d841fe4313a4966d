// The built page: made when missing or stale, and served from this machine.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Plugin, PreviewServer } from 'vite';
import { securityHeaders } from './security-policy';
import { folderHandler } from './serve-folder';

export const ROOT = join(import.meta.dirname, '../..');

/** What the build is made of. Recorded runs are left out: they are copied, and `npm run ask` itself may write them. */
const SOURCES = [
  'index.html',
  'vite.config.ts',
  'package-lock.json',
  'LICENSE',
  'src',
  'models',
  'workers',
  'web',
  'web/cli/licence-notices.ts',
  'web/cli/security-policy.ts',
  'public',
];
/** Names left out below the sources. */
const NOT_SOURCES = new Set(['recipes', 'cli', 'runs', '__pycache__']);

function newest(path: string): number {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status === undefined) return 0;
  if (!status.isDirectory()) return status.mtimeMs;
  const inside = readdirSync(path).filter((name) => !NOT_SOURCES.has(name));
  // The folder's own time counts too: it changes when a file in it goes away.
  return Math.max(status.mtimeMs, ...inside.map((name) => newest(join(path, name))));
}

/** Whether there is no build, or one older than what it is made of. */
export function isStale(): boolean {
  const manifest = join(ROOT, 'dist/.vite/manifest.json');
  if (!existsSync(manifest)) return true;
  const built = statSync(manifest).mtimeMs;
  return SOURCES.some((source) => newest(join(ROOT, source)) > built);
}

/** Builds the page unless the build there is fresh. */
export async function ensureBuilt(say: (line: string) => void): Promise<void> {
  if (!isStale()) return;
  say('Building the page …');
  const { build } = await import('vite');
  await build({ root: ROOT, logLevel: 'warn' });
}

/** Serves the built page as `npm start` does, on the first free port from `port` on; 0 is any. `plugins` may answer in its place. */
export async function servePage(
  port: number,
  plugins: readonly Plugin[] = [],
): Promise<{ readonly url: string; readonly server: PreviewServer }> {
  const { preview } = await import('vite');
  const server = await preview({ root: ROOT, plugins: [...plugins], preview: { port, open: false } });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('The built page is served at no address of this machine.');
  return { url, server };
}

/** A server of the built page for a browser without a screen. */
export interface HeadlessServer {
  readonly port: number;
  /** Ends it, open connections included. */
  close(): Promise<void>;
}

/**
 * Serves the built page to this machine alone, on any free port, with the headers of `npm start`. Not Vite's server: that one ends the process by itself when SIGTERM comes, and
 * takes a run's last events along.
 */
export async function serveHeadless(): Promise<HeadlessServer> {
  const answer = folderHandler(join(ROOT, 'dist'), false);
  const server = createServer((request, response) => {
    const [path] = (request.url ?? '/').split('?', 1);
    for (const [name, value] of Object.entries(securityHeaders(path))) response.setHeader(name, value);
    answer(request, response);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
