// Which way to a model is open in the chooser, with what has been entered there.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { type EngineError, toEngineError } from '../../src/errors';
import { type ModelSource, parseModelSource } from '../../src/engine/model-source';
import { chosenModel, type FolderSource } from '../stores/chosen-model';
import type { ModelRequest } from '../stores/page-store';
import { settingsStore } from '../stores/settings-store';
import { type CatalogueEntry, textOf } from './catalogue';
import { folderFromEntry } from './folder';
import { lookAt, lookAway } from './inspection';

/** A way that is not an entry of the catalogue; entries go by `textOf`. */
export const OTHER = ' other';
export const FOLDER = ' folder';

interface Ways {
  readonly choice: string;
  /** What stands in the field for ids and addresses. */
  readonly text: string;
  readonly folder: FolderSource | null;
  /** Why what was opened or dropped is no folder of a model. */
  readonly folderProblem: EngineError | null;
  /** A token, and the origin of the hub it was entered for: no other server may see it. */
  readonly token: string;
  readonly tokenHost: string | null;
}

export const ways = createStore<Ways>()(() => ({ choice: '', text: '', folder: null, folderProblem: null, token: '', tokenHost: null }));

/** The state as a hook. */
export function useWays<T>(select: (state: Ways) => T): T {
  return useStore(ways, select);
}

/** Begins with the chosen model, or with a folder that was dropped on the page. */
export function startWays(entries: readonly CatalogueEntry[], request: ModelRequest): void {
  const { model } = settingsStore().getState();
  const { folder, token } = chosenModel.getState();
  const isListed = entries.some((entry) => textOf(entry) === model);
  const choice = folder !== null ? FOLDER : isListed ? model : OTHER;
  ways.setState({ choice, text: isListed ? '' : model, folder, folderProblem: null });
  if (token === null) ways.setState({ token: '', tokenHost: null });
  else enterToken(parseModelSource(model), token);
  const { folder: dropped } = request;
  if (dropped !== undefined) void takeFolder(() => folderFromEntry(dropped));
}

/** Opens another way; what was found out about the model before is forgotten. */
export function selectWay(choice: string): void {
  lookAway();
  ways.setState({ choice, folderProblem: null });
}

/** Looks at a model with the token that was entered for its hub; how it ends is in the state of the look. */
export function look(source: ModelSource): void {
  void lookAt(source, tokenFor(source, ways.getState())).catch(() => undefined);
}

/** Takes a token for the hub of `source`. */
export function enterToken(source: ModelSource, token: string): void {
  ways.setState({ token, tokenHost: source.kind === 'hub' ? source.host : null });
}

/** The token that may be sent for `source`; null when none was entered for its hub. */
export function tokenFor(source: ModelSource | null, { token, tokenHost }: Pick<Ways, 'token' | 'tokenHost'>): string | null {
  return token !== '' && source?.kind === 'hub' && source.host === tokenHost ? token : null;
}

/** Opens a folder of this device and looks at it. What is wrong with it is kept. */
export async function takeFolder(read: () => FolderSource | Promise<FolderSource>): Promise<void> {
  selectWay(FOLDER);
  ways.setState({ folder: null });
  try {
    const folder = await read();
    ways.setState({ folder });
    look(folder);
  } catch (thrown) {
    ways.setState({ folderProblem: toEngineError(thrown) });
  }
}
