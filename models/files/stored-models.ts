// What of models is kept on this device: listed and deleted.
import { fault } from '../../src/errors';
import type { StoredModel } from '../../src/engine/model-report';
import { parseJournal } from './journal';
import { folderLock, tryLock } from './locks';
import { readRecord, readUse } from './records';
import { openStore } from './open-store';
import type { Store } from './store';

/** The small files of a model that somebody only looked at are no stored model. */
const WORTH_LISTING = 2 ** 20;

/** The stored models, the last used first. */
export async function storedModels(): Promise<readonly StoredModel[]> {
  const store = await openStore();
  const all = await Promise.all((await store.folders()).map((folder) => describe(store, folder)));
  const models = all.filter((model) => model !== null);
  const names = models.map(({ name }) => name);
  return models
    .map(({ revision, ...model }) => ({
      ...model,
      name: isTwice(names, model.name) ? `${model.name} @ ${(revision ?? '').slice(0, 7)}` : model.name,
    }))
    .sort((a, b) => (b.lastUsed ?? 0) - (a.lastUsed ?? 0));
}

/**
 * Deletes one stored model, or all with null; what is not there is deleted already. Throws BAD_INPUT, deleting nothing, while
 * one of them is being downloaded or loaded in any tab.
 */
export async function forgetModel(key: string | null): Promise<void> {
  const store = await openStore();
  const folders = key === null ? await store.folders() : [key];
  const locks = await Promise.all(folders.map((folder) => tryLock(folderLock(folder))));
  try {
    const busy = folders.find((_, i) => locks[i] === null);
    if (busy !== undefined) {
      const name = (await readRecord(store, busy))?.id ?? busy;
      throw fault(
        'BAD_INPUT',
        `${name} is being downloaded or loaded, here or in another tab; it was not deleted.`,
        'Stop that, or wait until it has finished, then delete it.',
        { retry: true },
      );
    }
    await Promise.all(folders.map((folder) => store.removeFolder(folder)));
  } finally {
    for (const release of locks) release?.();
  }
}

const isTwice = (names: readonly string[], name: string): boolean => names.indexOf(name) !== names.lastIndexOf(name);

async function describe(store: Store, folder: string): Promise<(StoredModel & { readonly revision: string | null }) | null> {
  const [record, use, files] = await Promise.all([readRecord(store, folder), readUse(store, folder), store.files(folder)]);
  const bytes = [...files.values()].reduce((sum, size) => sum + size, 0);
  if (bytes === 0 || (use === null && bytes < WORTH_LISTING)) return null;
  const journals = await Promise.all([...files.keys()].map(async (file) => parseJournal(await store.readMetadata(folder, file))));
  const unfinished = journals.some((journal) => journal?.complete !== true);
  return {
    key: folder,
    name: record?.id ?? folder,
    revision: record?.revision ?? null,
    bytes,
    partial: unfinished || use?.complete !== true,
    lastUsed: use?.lastUsed ?? null,
  };
}
