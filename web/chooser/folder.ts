// A folder of the visitor's own disk as a model: from a drop or from the folder dialog, with the files that a model is made of.
import { fault } from '../../src/errors';
import type { FolderFile } from '../../src/engine/model-source';
import type { FolderSource } from '../stores/chosen-model';
import { modelsText } from '../strings/models';

/** Configuration, tokenizer and licence; graphs and their weights. Photos, checkpoints and caches stay where they are. */
export const NEEDED = /(?:\.(?:json|jinja|txt|onnx|data)|\.onnx_data(?:_\d+)?|(?:^|\/)(?:LICEN[CS]E|README)[^/]*)$/i;
/** More entries than any model has: the folder is something else, and reading on would take minutes. */
export const MOST_ENTRIES = 5000;
/** Folders in folders that are looked into. */
export const DEEPEST = 4;

/** From `<input webkitdirectory>`. Throws BAD_INPUT when nothing in it belongs to a model. */
export function folderFromInput(files: Iterable<File>): FolderSource {
  const all = [...files];
  const [name = modelsText.folder.unnamed] = all[0]?.webkitRelativePath.split('/') ?? [];
  return folderOf(
    name,
    all.map((file) => ({ path: file.webkitRelativePath.split('/').slice(1).join('/') || file.name, file })),
  );
}

/** From a drop. Hidden folders are passed over. Rejects with BAD_INPUT when it cannot be read or is no model. */
export async function folderFromEntry(entry: FileSystemDirectoryEntry): Promise<FolderSource> {
  const found: FolderFile[] = [];
  let seen = 0;
  const walk = async (folder: FileSystemDirectoryEntry, prefix: string, depth: number): Promise<void> => {
    for (const child of await childrenOf(folder)) {
      seen += 1;
      if (seen > MOST_ENTRIES) throw tooMany(entry.name);
      const path = prefix + child.name;
      if (child.isDirectory && depth < DEEPEST && !child.name.startsWith('.')) {
        await walk(child as FileSystemDirectoryEntry, `${path}/`, depth + 1);
      } else if (child.isFile && NEEDED.test(path)) {
        found.push({ path, file: await fileOf(child as FileSystemFileEntry) });
      }
    }
  };
  await walk(entry, '', 0);
  return folderOf(entry.name, found);
}

/** The folder among what was dropped; must be asked for while the drop is handled. */
export function droppedFolder(transfer: DataTransfer | null): FileSystemDirectoryEntry | null {
  for (const item of transfer?.items ?? []) {
    const entry = item.webkitGetAsEntry?.() ?? null;
    if (entry?.isDirectory === true) return entry as FileSystemDirectoryEntry;
  }
  return null;
}

function folderOf(name: string, files: readonly FolderFile[]): FolderSource {
  const needed = files.filter(({ path }) => NEEDED.test(path) && !/(?:^|\/)\./.test(path));
  if (!needed.some(({ path }) => path.endsWith('.onnx'))) {
    throw fault('BAD_INPUT', modelsText.folder.noModel(name), modelsText.folder.noModelAction);
  }
  return { kind: 'folder', name, files: needed };
}

/** `readEntries` gives a hundred or so at a time. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader();
  const all: FileSystemEntry[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, (error) => reject(unreadable(folder.name, error))),
    );
    if (some.length === 0) return all;
    all.push(...some);
    if (all.length > MOST_ENTRIES) throw tooMany(folder.name);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, (error) => reject(unreadable(entry.name, error))));
}

function tooMany(name: string) {
  return fault('BAD_INPUT', modelsText.folder.tooMany(name), modelsText.folder.noModelAction);
}

function unreadable(name: string, error: DOMException) {
  return fault('BAD_INPUT', modelsText.folder.unreadable(name), modelsText.folder.unreadableAction, { detail: String(error) });
}
