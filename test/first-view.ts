// Which JavaScript files of the built page the first view needs, read from the build's own manifest.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Chunks that load by themselves on the first view although they are imported dynamically: the chart. */
const LOADED_AT_ONCE = /Reward(Chart|Plot)/;

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly dynamicImports?: readonly string[];
}

/**
 * Names of the JavaScript files, relative to `dist`, that index.html loads by itself: its entry, everything that imports statically, and the
 * chunks of `LOADED_AT_ONCE` with theirs.
 *
 * @throws when `dist` holds no manifest: build first.
 */
export function firstViewFiles(dist: string): string[] {
  const manifest = JSON.parse(readFileSync(join(dist, '.vite/manifest.json'), 'utf8')) as Record<string, Chunk>;
  const seen = new Set<string>();
  const visit = (key: string): void => {
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`The manifest names no chunk "${key}".`);
    if (seen.has(chunk.file)) return;
    seen.add(chunk.file);
    for (const next of chunk.imports ?? []) visit(next);
    for (const next of chunk.dynamicImports ?? []) if (LOADED_AT_ONCE.test(next)) visit(next);
  };
  visit('index.html');
  return [...seen].filter((file) => file.endsWith('.js'));
}
