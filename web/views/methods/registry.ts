// Which methods have a view of their own, by their ids; those that the first view does without are fetched with the first run of their method.
import { createStore } from 'zustand/vanilla';
import type { StepEvent } from '../../../src/events/events';
import { dmlr } from '../../../src/methods/dmlr/dmlr';
import { ivtlr } from '../../../src/methods/ivtlr/ivtlr';
import { type MethodView, PLAIN_VIEW } from '../../lib/method-view';
import { openedPart } from '../../lib/opened-part';
import { dmlrView } from './dmlr';

type Views = Readonly<Partial<Record<string, MethodView>>>;

const FETCHED: Readonly<Partial<Record<string, () => Promise<MethodView>>>> = {
  [ivtlr.id]: async () => (await import('./ivtlr')).ivtlrView,
};

/** The views that are here. */
export const viewsStore = createStore<Views>()(() => ({ [dmlr.id]: dmlrView }));

/** The view of the method with this id; the plain one while its own is on its way. */
export function viewOf(method: string): MethodView {
  const views = viewsStore.getState();
  return (Object.hasOwn(views, method) ? views[method] : undefined) ?? PLAIN_VIEW;
}

/** The view of the method that made a step. */
export function viewOfStep(step: StepEvent | undefined): MethodView {
  return viewOf(step?.detail?.kind ?? '');
}

/** Fetches the view of a method that has one which is not here yet. Rejects with an EngineFault DOWNLOAD. */
export async function openView(method: string): Promise<void> {
  const fetched = Object.hasOwn(FETCHED, method) ? FETCHED[method] : undefined;
  if (fetched === undefined || viewOf(method) !== PLAIN_VIEW) return;
  const view = await openedPart(fetched(), 'shows this method');
  viewsStore.setState({ [method]: view });
}
