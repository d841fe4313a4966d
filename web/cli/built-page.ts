// The built page: made when missing or stale, and served from this machine.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, preview, type InlineConfig, type Plugin, type PreviewServer } from 'vite';
import { serveFolder } from './serve-folder';

export const ROOT = join(import.meta.dirname, '../..');

/** What the build is made of. Recorded runs are left out: they are copied, and `npm run ask` itself may write them. */
const SOURCES = ['index.html', 'vite.config.ts', 'package-lock.json', 'src', 'models', 'workers', 'web', 'public'];
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
  await build({ root: ROOT, logLevel: 'warn' });
}

export interface Served {
  /** Address of the page, ending in '/'. */
  readonly url: string;
  readonly server: PreviewServer;
}

/** Serves the built page as `npm start` does, on the first free port from `port` on; 0 is any. `plugins` may answer in its place. */
export async function servePage(port: number, plugins: readonly Plugin[] = []): Promise<Served> {
  return serve({ root: ROOT, plugins: [...plugins], preview: { port, open: false } });
}

/**
 * Serves the built page to a browser without a screen, to this machine alone, and `modelFolder` beside it under `/model/`. Port 0 is any free
 * one; another port must be free.
 */
export async function serveHeadless(modelFolder: string | null, port: number): Promise<Served> {
  const plugins = modelFolder === null ? [] : [serveFolder('/model/', modelFolder)];
  const place = { port, strictPort: true, host: '127.0.0.1' };
  return serve({ root: ROOT, configFile: false, appType: 'mpa', logLevel: 'silent', plugins, preview: place });
}

async function serve(config: InlineConfig): Promise<Served> {
  const server = await preview(config);
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('The built page is served at no address of this machine.');
  return { url, server };
}
