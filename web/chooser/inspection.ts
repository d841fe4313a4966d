// What has been found out about this device and the model that is being looked at: the state behind the model chooser.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { type EngineError, toEngineError } from '../../src/errors';
import type { DeviceReport, ModelReport, StoredModel } from '../../src/engine/model-report';
import type { ModelSource } from '../../src/engine/model-source';
import { useSession } from '../session/context';
import { partOfSession } from '../session/part-of-session';
import type { Session } from '../session/session';
import type { CatalogueEntry } from './catalogue';
import { deviceFor, judgeFor, probeDevice } from './this-device';

export type Look =
  | { readonly state: 'none' }
  | { readonly state: 'looking'; readonly source: ModelSource }
  | { readonly state: 'seen'; readonly source: ModelSource; readonly report: ModelReport }
  | { readonly state: 'failed'; readonly source: ModelSource; readonly error: EngineError };

interface Inspection {
  /** Null until it has been looked at. */
  readonly device: DeviceReport | null;
  readonly look: Look;
  /** Null until they have been read. */
  readonly entries: readonly CatalogueEntry[] | null;
  readonly stored: readonly StoredModel[] | null;
  /** Why the chooser could not be opened. */
  readonly problem: EngineError | null;
  /** Why what is stored could not be read or deleted. */
  readonly storedProblem: EngineError | null;
}

/** The inspection of a session. */
export const inspectionOf = partOfSession(() =>
  createStore<Inspection>()(() => ({
    device: null,
    look: { state: 'none' },
    entries: null,
    stored: null,
    problem: null,
    storedProblem: null,
  })),
);

/** The state as a hook. */
export function useInspection<T>(select: (state: Inspection) => T): T {
  return useStore(inspectionOf(useSession()), select);
}

/** Reads what is stored. What goes wrong is kept. */
export async function readStored(session: Session): Promise<void> {
  try {
    const stored = await (await session.host()).stored();
    inspectionOf(session).setState({ stored, storedProblem: null });
  } catch (thrown) {
    inspectionOf(session).setState({ storedProblem: toEngineError(thrown) });
  }
}

/** Deletes a stored model, or all with null; answers whether that was done. What goes wrong is kept. */
export async function forgetStored(session: Session, key: string | null): Promise<boolean> {
  try {
    await (await session.host()).forget(key);
    await readStored(session);
    // The room that was freed may change what fits.
    await lookAtDevice(session);
    return true;
  } catch (thrown) {
    inspectionOf(session).setState({ storedProblem: toEngineError(thrown) });
    return false;
  }
}

/** Looks at this device. Rejects with an EngineFault. */
export async function lookAtDevice(session: Session): Promise<DeviceReport> {
  const device = deviceFor(await probeDevice(session), session.settings.getState().device);
  inspectionOf(session).setState({ device });
  return device;
}

/** Looks at a model; only the latest look is kept. Rejects with the EngineFault that is kept as well. */
export async function lookAt(session: Session, source: ModelSource, token: string | null): Promise<ModelReport> {
  const inspection = inspectionOf(session);
  const looking: Look = { state: 'looking', source };
  inspection.setState({ look: looking });
  const settle = (look: Look): void => {
    if (inspection.getState().look === looking) inspection.setState({ look });
  };
  try {
    const engine = await session.host();
    const [device, seen] = await Promise.all([lookAtDevice(session), engine.inspect(source, token ?? undefined)]);
    const report = judgeFor(device, seen);
    settle({ state: 'seen', source, report });
    return report;
  } catch (thrown) {
    settle({ state: 'failed', source, error: toEngineError(thrown) });
    throw thrown;
  }
}

/** Forgets the model that was looked at. */
export function lookAway(session: Session): void {
  inspectionOf(session).setState({ look: { state: 'none' } });
}
