// Where models are loaded: load, look at, unload. A recording has none.
import type { LoadEvent } from '../events/events';
import type { Dtype } from '../model/dtype';
import type { AbortHandle } from './abort';
import type { DeviceReport, ModelReport, StoredModel } from './model-report';
import type { ModelSource } from './model-source';

export interface LoadRequest {
  readonly source: ModelSource;
  readonly dtype: 'auto' | Dtype;
  readonly device: 'auto' | 'webgpu' | 'wasm';
  /** Access token for a gated model. Lives in memory alone: never stored, never part of a recording. */
  readonly token?: string;
}

/** A place that holds at most one loaded model. */
export interface ModelHost {
  /** Loads a model in place of the one before. The stream never throws: it ends with exactly one of ready, failed, cancelled. */
  load(request: LoadRequest, signal: AbortHandle): AsyncIterable<LoadEvent>;
  /** What this browser can run a model on. Rejects with an EngineFault. */
  probe(): Promise<DeviceReport>;
  /** Looks at a model without loading it. Rejects with the EngineFault that loading it would end with. */
  inspect(source: ModelSource, token?: string): Promise<ModelReport>;
  /** The models kept on this device. Rejects with an EngineFault. */
  stored(): Promise<readonly StoredModel[]>;
  /** Deletes a stored model, or all with null. Rejects with an EngineFault. */
  forget(key: string | null): Promise<void>;
  /** Gives the model's memory back. */
  unload(): void;
}
