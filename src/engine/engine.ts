// What the page asks of whoever runs a job: the live worker and a recording answer through the same interface.
import type { LoadEvent, RunEvent } from '../events/events';
import type { DtypeChoice } from '../model/dtype';
import type { ModelSource } from './model-source';
import type { RunSettings } from '../settings/schema';

export type Method = 'dmlr' | 'direct' | 'cot';

/** The encoded bytes of a picture file as the visitor gave it (PNG, JPEG, WebP, AVIF, GIF…), with its name for messages. */
export interface Picture {
  readonly bytes: ArrayBuffer;
  readonly name: string;
}

export interface LoadRequest {
  readonly source: ModelSource;
  readonly dtype: DtypeChoice;
  readonly device: 'auto' | 'webgpu' | 'wasm';
  /** Access token for a gated model. Lives in memory alone: never stored, never part of a recording. */
  readonly token?: string;
}

export interface RunRequest {
  readonly method: Method;
  readonly picture: Picture;
  readonly question: string;
  readonly settings: RunSettings;
}

/**
 * A source of runs. Streams never throw: they end with exactly one terminal event
 * (`ready`, `finished`, `cancelled` or `failed`), also when the thread behind them dies.
 */
export interface Engine {
  load(request: LoadRequest, signal: AbortHandle): AsyncIterable<LoadEvent>;
  run(request: RunRequest, signal: AbortHandle): AsyncIterable<RunEvent>;
}

/** The part of AbortSignal that an engine needs. */
export interface AbortHandle {
  readonly aborted: boolean;
  addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}
