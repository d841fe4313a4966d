// The files of a small export as a folder that somebody chose from their disk, to be changed before they are opened.
import { readFileSync, readdirSync } from 'node:fs';
import { ChosenFolder } from '../models/files/chosen-folder';

/** Paths below the folder, with '/' between their parts, and what lies there. */
export type FolderBytes = Map<string, Uint8Array<ArrayBuffer>>;

/** Everything that a published export of this layout has; what belongs to the tests is left out. */
export function exportFiles(name: string): FolderBytes {
  const root = new URL(`fixtures/exports/${name}/`, import.meta.url);
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(json|onnx|onnx_data(_\d+)?)$/.test(path));
  const own = paths.filter((path) => !/^(golden.*|fixture)\.json$/.test(path)).toSorted();
  return new Map(own.map((path) => [path, new Uint8Array(readFileSync(new URL(path, root)))]));
}

/** The folder as the model loader is given it. */
export function chosenFolder(files: FolderBytes): ChosenFolder {
  return new ChosenFolder(
    'export',
    [...files].map(([path, bytes]) => ({ path: `export/${path}`, file: new File([bytes], path.split('/').at(-1) ?? path) })),
  );
}
