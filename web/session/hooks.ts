// The stores of the session around a component, as hooks.
import { useStore } from 'zustand';
import type { Method } from '../../src/methods/method';
import { type Agreement, agreementFor, chosenName } from '../stores/chosen-model';
import type { InputStore } from '../stores/input-store';
import { isLoading, type ModelStore } from '../stores/model-store';
import type { PageStore } from '../stores/page-store';
import type { Playback } from '../stores/playback';
import type { RunStore } from '../stores/run-store';
import type { SettingsStore } from '../stores/settings-store';
import { isRunningLive } from './busy';
import { useSession } from './context';

/** The run store as a hook. */
export function useRun<T>(select: (store: RunStore) => T): T {
  return useStore(useSession().run, select);
}

/** The player as a hook. */
export function usePlayback<T>(select: (store: Playback) => T): T {
  return useStore(useSession().playback, select);
}

/** The input store as a hook. */
export function useInput<T>(select: (store: InputStore) => T): T {
  return useStore(useSession().input, select);
}

/** The model store as a hook. */
export function useModel<T>(select: (store: ModelStore) => T): T {
  return useStore(useSession().model, select);
}

/** The settings store as a hook. */
export function useSettings<T>(select: (store: SettingsStore) => T): T {
  return useStore(useSession().settings, select);
}

/** The page store as a hook. */
export function usePage<T>(select: (store: PageStore) => T): T {
  return useStore(useSession().page, select);
}

/** The method that the next run will have. */
export function useChosenMethod(): Method {
  const { methods } = useSession();
  return methods.get(useSettings((store) => store.method));
}

/** What the chosen model is called before it is loaded; null for one that comes with the page. */
export function useChosenName(): string | null {
  const model = useSettings((store) => store.model);
  return useStore(useSession().chosenModel, (chosen) => chosenName(model, chosen));
}

/** The agreement that covers the model chosen now, if there is one. */
export function useAgreement(): Agreement | null {
  const model = useSettings((store) => store.model);
  return useStore(useSession().chosenModel, (chosen) => agreementFor(model, chosen));
}

/** True while a live run, a load or many runs in turn are in progress. */
export function useBusy(): boolean {
  const batch = usePage((store) => store.batch !== null);
  const loading = useModel((store) => isLoading(store.model));
  const running = useRun(isRunningLive);
  return batch || loading || running;
}
