// The list of a folder's files as its own manifest.json gives it.
import { EngineFault } from '../../src/errors';
import { parseManifest } from '../../src/engine/manifest';
import { parseJson } from './json';
import type { FileFacts } from './model-folder';
import { MissingFile } from './messages';

/**
 * Facts by path from `manifest.json`, which `fetch` gets; null when the folder has none, or has one that is not of our recipes (only loading
 * such a folder says so). What else goes wrong in `fetch` is thrown on.
 */
export async function listFromManifest(fetch: (path: string) => Promise<Blob>): Promise<ReadonlyMap<string, FileFacts> | null> {
  try {
    const { files } = parseManifest(await parseJson('manifest.json', await fetch('manifest.json')));
    return new Map(Object.entries(files));
  } catch (error) {
    if (error instanceof MissingFile || (error instanceof EngineFault && error.value.code === 'BAD_MODEL')) return null;
    throw error;
  }
}
