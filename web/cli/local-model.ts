// A model folder of this machine as a list of files, which the headless page reads in place as it reads a folder that a visitor chooses.
import { accessSync, constants, readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { basename, join } from 'node:path';
import { fault } from '../../src/errors';
import { DEEPEST, MOST_ENTRIES, NEEDED } from '../chooser/folder';
import { modelsText } from '../strings/models';

export interface LocalModel {
  readonly name: string;
  /** Below the folder, with '/' between their parts, in the order of `files`. */
  readonly paths: readonly string[];
  /** The same files as this machine names them. */
  readonly files: readonly string[];
}

/**
 * Lists a folder and those in it. Links are followed: a hub's cache keeps a model's files as links. Hidden files are passed over, and links that
 * lead nowhere or back.
 *
 * @param isReadable whether this process may read a file.
 * @throws BAD_INPUT when it cannot be listed, has more in it than any model, or a file that models are made of cannot be read.
 */
export function listLocalModel(folder: string, isReadable: (file: string) => boolean = mayBeRead): LocalModel {
  const name = basename(folder);
  const paths: string[] = [];
  // A link may lead to a folder that it lies in.
  const folders = new Set<string>();
  let seen = 0;
  const walk = (prefix: string, depth: number): void => {
    const real = realpathSync(join(folder, prefix));
    if (folders.has(real)) return;
    folders.add(real);
    for (const entry of entriesOf(join(folder, prefix), name)) {
      seen += 1;
      if (seen > MOST_ENTRIES) throw fault('BAD_INPUT', modelsText.folder.tooMany(name), modelsText.folder.noModelAction);
      if (entry.startsWith('.')) continue;
      const path = prefix + entry;
      const status = statusOf(join(folder, path));
      if (status?.isDirectory() && depth < DEEPEST) walk(`${path}/`, depth + 1);
      else if (status?.isFile()) paths.push(path);
    }
  };
  walk('', 0);
  const closed = paths.find((path) => NEEDED.test(path) && !isReadable(join(folder, path)));
  if (closed !== undefined)
    throw fault('BAD_INPUT', `${closed} of the model folder cannot be read.`, 'Check the permissions of its files.');
  return { name, paths, files: paths.map((path) => join(folder, path)) };
}

function entriesOf(folder: string, name: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch (thrown) {
    throw fault('BAD_INPUT', modelsText.folder.unreadable(name), `Check that the folder ${folder} may be read.`, {
      detail: String(thrown),
    });
  }
}

/** Null for links that lead nowhere or in a circle, and for what lies behind a closed folder. */
function statusOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

function mayBeRead(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
