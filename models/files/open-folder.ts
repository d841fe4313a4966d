// From a source to the folder its files are read from. What is opened here is the only thing that fetches from anywhere but the page's own site.
import { throwIfAborted } from '../../src/errors';
import type { ModelSource } from '../../src/engine/model-source';
import { ChosenFolder } from './chosen-folder';
import { openHub } from './hub';
import type { ModelFolder } from './model-folder';
import { plainFolder } from './plain-folder';
import { RemoteFolder } from './remote-folder';
import { SiteFolder } from './site-folder';
import { openStore, openStoreOf, type StoreKind } from './open-store';
import { TUNING, type Tuning } from './tuning';

export interface OpenOptions {
  /** Opens gated models; sent to the hub's own origin alone and kept nowhere. */
  readonly token?: string;
  readonly signal: AbortSignal;
  /** For tests. */
  readonly tuning?: Partial<Tuning>;
  /** Where files are kept; default: the best place this thread has. */
  readonly store?: StoreKind;
}

/** The folder of `source`, once it is known to be there where that can be asked. Throws DOWNLOAD, BAD_INPUT or CANCELLED. */
export async function openFolder(source: ModelSource, options: OpenOptions): Promise<ModelFolder> {
  const { signal, token } = options;
  throwIfAborted(signal);
  if (source.kind === 'site') return new SiteFolder(source.url);
  if (source.kind === 'folder') return new ChosenFolder(source.name, source.files);
  const tuning = { ...TUNING, ...options.tuning };
  const store = (options.store && (await openStoreOf(options.store))) ?? (await openStore());
  const remote = { token, signal, tuning, store };
  return RemoteFolder.open(source.kind === 'hub' ? await openHub(source, remote) : plainFolder(source.url, remote), store, tuning);
}
