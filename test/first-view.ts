// Which JavaScript files of the built page the first view needs, read from the build's own manifest.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
}

/**
 * What every first visit fetches though its scripts do not import it statically: what reads the recording that plays at once, what stands below
 * the chart and the answer, what takes dropped files, and what tells the cost of the model.
 */
const FETCHED_AT_ONCE = [
  'src/events/read-record.ts',
  'src/engine/manifest.ts',
  'web/views/run/StepTable.tsx',
  'web/views/run/AfterAnswer.tsx',
  'web/views/shell/Runs.tsx',
  'web/views/shell/DropTarget.tsx',
];

/**
 * Names of the JavaScript files, relative to `dist`, that a first visit loads: the entry of index.html, what it fetches at once, and everything
 * that they import statically.
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
  };
  for (const entry of ['index.html', ...FETCHED_AT_ONCE]) visit(entry);
  return [...seen].filter((file) => file.endsWith('.js'));
}
