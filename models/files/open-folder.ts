// From a source to the folder its files are read from. Nothing else fetches from anywhere but the page's own site.
import { fault, throwIfAborted } from '../../src/engine/errors';
import type { ModelSource } from '../../src/engine/model-source';
import type { ModelFolder } from './model-folder';
import { SiteFolder } from './site-folder';

export interface OpenOptions {
  /** Opens gated models; sent to the hub's own origin alone and kept nowhere. */
  readonly token?: string;
  readonly signal: AbortSignal;
}

/** The folder of `source`, once it is known to be there where that can be asked. Throws DOWNLOAD, BAD_INPUT or CANCELLED. */
export async function openFolder(source: ModelSource, options: OpenOptions): Promise<ModelFolder> {
  throwIfAborted(options.signal);
  switch (source.kind) {
    case 'site':
      return new SiteFolder(source.url);
    case 'hub':
    case 'url':
    case 'folder':
      throw fault('BAD_INPUT', 'Models of this kind cannot be opened yet.', 'Choose one of the models of this page.');
  }
}
