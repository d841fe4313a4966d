// What has been found out about this device and the model that is being looked at: the state behind the model chooser.
import { useStore } from 'zustand';
import { createStore } from 'zustand/vanilla';
import { type EngineError, toEngineError } from '../../src/errors';
import type { DeviceReport, ModelReport, StoredModel } from '../../src/engine/model-report';
import type { ModelSource } from '../../src/engine/model-source';
import { liveEngine } from '../session';
import { settingsStore } from '../stores/settings-store';
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

export const inspection = createStore<Inspection>()(() => ({
  device: null,
  look: { state: 'none' },
  entries: null,
  stored: null,
  problem: null,
  storedProblem: null,
}));

/** The state as a hook. */
export function useInspection<T>(select: (state: Inspection) => T): T {
  return useStore(inspection, select);
}

/** Reads what is stored. What goes wrong is kept. */
export async function readStored(): Promise<void> {
  try {
    const stored = await (await liveEngine()).stored();
    inspection.setState({ stored, storedProblem: null });
  } catch (thrown) {
    inspection.setState({ storedProblem: toEngineError(thrown) });
  }
}

/** Deletes a stored model, or all with null; answers whether that was done. What goes wrong is kept. */
export async function forgetStored(key: string | null): Promise<boolean> {
  try {
    await (await liveEngine()).forget(key);
    await readStored();
    // The room that was freed may change what fits.
    await lookAtDevice();
    return true;
  } catch (thrown) {
    inspection.setState({ storedProblem: toEngineError(thrown) });
    return false;
  }
}

/** Looks at this device. Rejects with an EngineFault. */
export async function lookAtDevice(): Promise<DeviceReport> {
  const device = deviceFor(await probeDevice(), settingsStore().getState().device);
  inspection.setState({ device });
  return device;
}

/** Looks at a model; only the latest look is kept. Rejects with the EngineFault that is kept as well. */
export async function lookAt(source: ModelSource, token: string | null): Promise<ModelReport> {
  const looking: Look = { state: 'looking', source };
  inspection.setState({ look: looking });
  const settle = (look: Look): void => {
    if (inspection.getState().look === looking) inspection.setState({ look });
  };
  try {
    const engine = await liveEngine();
    const [device, seen] = await Promise.all([lookAtDevice(), engine.inspect(source, token ?? undefined)]);
    const report = judgeFor(device, seen);
    settle({ state: 'seen', source, report });
    return report;
  } catch (thrown) {
    settle({ state: 'failed', source, error: toEngineError(thrown) });
    throw thrown;
  }
}

/** Forgets the model that was looked at. */
export function lookAway(): void {
  inspection.setState({ look: { state: 'none' } });
}
