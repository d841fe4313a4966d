// The gradient graph of a model that is loaded: its folder is opened again when a run asks for it.
import type { LoadRequest } from '../../src/engine/model-host';
import { openFolder } from '../files/open-folder';
import type { OpenFiles } from '../families/family';
import { gatherGraph, sourceOf } from './gather';
import type { ModelPlan, PlannedDtype } from './plan';

/** Fetches the gradient graph of a dtype whenever it is called, as `gather` would; null where the plan has none. */
export function laterGradient(
  { source, token }: Pick<LoadRequest, 'source' | 'token'>,
  plan: ModelPlan,
  { gradient }: PlannedDtype,
): OpenFiles['gradient'] {
  if (gradient === null) return null;
  return async () => {
    const { signal } = new AbortController();
    const folder = await openFolder(source, { signal, ...(token === undefined ? {} : { token }) });
    try {
      return await sourceOf(await gatherGraph(folder, plan, gradient, signal));
    } finally {
      await folder.close();
    }
  };
}
