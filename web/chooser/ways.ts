// Which way to a model is open in the chooser, with what has been entered there.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { type EngineError, toEngineError } from '../../src/errors';
import { type ModelSource, parseModelSource } from '../../src/engine/model-source';
import { useSession } from '../session/context';
import { partOfSession } from '../session/part-of-session';
import type { Session } from '../session/session';
import type { FolderSource } from '../stores/chosen-model';
import type { ModelRequest } from '../stores/page-store';
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

/** The ways of a session. */
export const waysOf = partOfSession(() =>
  createStore<Ways>()(() => ({ choice: '', text: '', folder: null, folderProblem: null, token: '', tokenHost: null })),
);

/** The state as a hook. */
export function useWays<T>(select: (state: Ways) => T): T {
  return useStore(waysOf(useSession()), select);
}

/** Begins with the chosen model, or with a folder that was dropped on the page. */
export function startWays(session: Session, entries: readonly CatalogueEntry[], request: ModelRequest): void {
  const { model } = session.settings.getState();
  const { folder, token } = session.chosenModel.getState();
  const isListed = entries.some((entry) => textOf(entry) === model);
  const choice = folder !== null ? FOLDER : isListed ? model : OTHER;
  waysOf(session).setState({ choice, text: isListed ? '' : model, folder, folderProblem: null });
  if (token === null) waysOf(session).setState({ token: '', tokenHost: null });
  else enterToken(session, parseModelSource(model), token);
  const { folder: dropped } = request;
  if (dropped !== undefined) void takeFolder(session, () => folderFromEntry(dropped));
}

/** Opens another way; what was found out about the model before is forgotten. */
export function selectWay(session: Session, choice: string): void {
  lookAway(session);
  waysOf(session).setState({ choice, folderProblem: null });
}

/** Looks at a model with the token that was entered for its hub; how it ends is in the state of the look. */
export function look(session: Session, source: ModelSource): void {
  void lookAt(session, source, tokenFor(source, waysOf(session).getState())).catch(() => undefined);
}

/** Takes a token for the hub of `source`. */
export function enterToken(session: Session, source: ModelSource, token: string): void {
  waysOf(session).setState({ token, tokenHost: source.kind === 'hub' ? source.host : null });
}

/** The token that may be sent for `source`; null when none was entered for its hub. */
export function tokenFor(source: ModelSource | null, { token, tokenHost }: Pick<Ways, 'token' | 'tokenHost'>): string | null {
  return token !== '' && source?.kind === 'hub' && source.host === tokenHost ? token : null;
}

/** Opens a folder of this device and looks at it. What is wrong with it is kept. */
export async function takeFolder(session: Session, read: () => FolderSource | Promise<FolderSource>): Promise<void> {
  selectWay(session, FOLDER);
  waysOf(session).setState({ folder: null });
  try {
    const folder = await read();
    waysOf(session).setState({ folder });
    look(session, folder);
  } catch (thrown) {
    waysOf(session).setState({ folderProblem: toEngineError(thrown) });
  }
}
