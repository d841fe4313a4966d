// Whether something the visitor started is going on: a load or a live run. A recording that plays is no work.
import { isLoading, modelStore, useModel } from './model-store';
import { type RunStore, runStore, useRun } from './run-store';

/** True while a live run or a load is in progress. */
export function useBusy(): boolean {
  const loading = useModel((store) => isLoading(store.model));
  const running = useRun(isRunningLive);
  return loading || running;
}

/** The same, asked once. */
export function isBusy(): boolean {
  return isLoading(modelStore.getState().model) || isRunningLive(runStore.getState());
}

function isRunningLive({ source, status }: RunStore): boolean {
  return source === 'live' && (status === 'running' || status === 'stopping');
}
