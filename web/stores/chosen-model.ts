// The chosen model beyond what an address can say: a folder of this device, what the visitor agreed to download, a token. Never saved.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { DEFAULT_HUB } from '../../src/engine/default-hub';
import type { ModelSource } from '../../src/engine/model-source';
import type { Dtype } from '../../src/model/dtype';
import { siteFolder } from '../embedded-model';

export type FolderSource = Extract<ModelSource, { kind: 'folder' }>;

/** What the visitor was told before they pressed Load. */
export interface Agreement {
  /** The model as it is written in the settings; empty for a folder. */
  readonly model: string;
  readonly name: string;
  readonly dtype: Dtype;
  /** Of everything that is downloaded. */
  readonly bytes: number;
  readonly licence: string | null;
  /** Every dtype that this device should run, for when this one fails: the one that needs the least first. */
  readonly dtypes: readonly Dtype[];
}

export interface ChosenModel {
  /** Stands before the choice in the settings. */
  readonly folder: FolderSource | null;
  readonly agreed: Agreement | null;
  /** Opens a gated model; sent to its hub alone. */
  readonly token: string | null;
}

/** The model that comes with the page. */
export function createChosenModel(): StoreApi<ChosenModel> {
  return createStore<ChosenModel>()(() => ({ folder: null, agreed: null, token: null }));
}

/** The agreement that covers the model chosen now, if there is one. */
export function agreementFor(model: string, { folder, agreed }: ChosenModel): Agreement | null {
  return agreed !== null && agreed.model === (folder === null ? model : '') ? agreed : null;
}

/** What the chosen model is called before it is loaded; null for the one that comes with the page. */
export function chosenName(model: string, chosen: ChosenModel): string | null {
  const name = chosen.folder?.name ?? agreementFor(model, chosen)?.name ?? (siteFolder(model) === null ? model : '');
  return name === '' ? null : name;
}

/** The host that Run and Load would ask for a model that is chosen and not agreed to; null when its name is no address of one. */
export function hostToAsk(model: string): string | null {
  return URL.canParse(model, DEFAULT_HUB) ? new URL(model, DEFAULT_HUB).host : null;
}
