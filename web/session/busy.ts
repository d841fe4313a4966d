// What several parts ask of a session's stores together: whether something is going on, and whether another model is chosen.
import { siteFolder } from '../embedded-model';
import { isLoading } from '../stores/model-store';
import type { RunStore } from '../stores/run-store';
import type { SessionStores } from './session';

/** Whether something the visitor started is going on: a load, a live run, or many runs in turn. A recording that plays is no work. */
export function isBusy({ model, page, run }: Pick<SessionStores, 'model' | 'page' | 'run'>): boolean {
  return page.getState().batch !== null || isLoading(model.getState().model) || isRunningLive(run.getState());
}

/** Whether a live run is going on. */
export function isRunningLive({ source, status }: RunStore): boolean {
  return source === 'live' && (status === 'running' || status === 'stopping');
}

/** Whether a model is chosen that does not come with the page. */
export function isOther({ chosenModel, settings }: Pick<SessionStores, 'chosenModel' | 'settings'>): boolean {
  return chosenModel.getState().folder !== null || siteFolder(settings.getState().model) === null;
}
