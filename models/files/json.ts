// Reads a folder's JSON files: those that must be there and those that may be.
import { fault } from '../../src/errors';
import type { ModelFolder } from './model-folder';

/** The parsed file. Throws what `ModelFolder.fetch` throws, and BAD_MODEL when it is no JSON. */
export async function readJson(folder: ModelFolder, path: string, signal: AbortSignal): Promise<unknown> {
  return parseJson(path, await folder.fetch(path, { signal }));
}

/** As `readJson`; undefined when the folder has no such file. */
export async function readOptionalJson(folder: ModelFolder, path: string, signal: AbortSignal): Promise<unknown> {
  return (await folder.facts(path, signal)) === null ? undefined : readJson(folder, path, signal);
}

/** Throws BAD_MODEL naming the file when it is no JSON. */
export async function parseJson(path: string, file: Blob): Promise<unknown> {
  try {
    return JSON.parse(await file.text()) as unknown;
  } catch (error) {
    throw fault('BAD_MODEL', `${path} is not valid JSON.`, 'Check the model folder.', { detail: String(error) });
  }
}
