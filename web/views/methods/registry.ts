// Which methods have a view of their own, by their ids.
import { dmlr } from '../../../src/methods/dmlr/dmlr';
import type { StepEvent } from '../../../src/events/events';
import { type MethodView, PLAIN_VIEW } from '../../lib/method-view';
import { dmlrView } from './dmlr';

const VIEWS: Readonly<Partial<Record<string, MethodView>>> = { [dmlr.id]: dmlrView };

/** The view of the method with this id. */
export function viewOf(method: string): MethodView {
  return (Object.hasOwn(VIEWS, method) ? VIEWS[method] : undefined) ?? PLAIN_VIEW;
}

/** The view of the method that made a step. */
export function viewOfStep(step: StepEvent | undefined): MethodView {
  return viewOf(step?.detail?.kind ?? '');
}
