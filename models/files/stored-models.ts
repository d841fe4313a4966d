// What of models is kept on this device: listed and deleted.
import type { StoredModel } from '../../src/engine/model-report';

/** The stored models, the last used first. */
export function storedModels(): Promise<readonly StoredModel[]> {
  return Promise.resolve([]);
}

/** Deletes one stored model, or all with null. */
export function forgetModel(_key: string | null): Promise<void> {
  return Promise.resolve();
}
