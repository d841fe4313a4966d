// What is known of a model before it is loaded: what it costs, what this device can hold, and what is stored already.
import type { Dtype } from '../model/dtype';
import type { EngineError } from '../errors';

/** What this browser can run a model on, found without loading one. Sizes in bytes. */
export interface DeviceReport {
  /** A software adapter is real WebGPU, computed by the processor: right numbers, no speed. */
  readonly webgpu: 'hardware' | 'software' | 'none';
  /** Vendor and architecture of the adapter, or why there is none; for people to read. */
  readonly description: string;
  /** Whether float16 shaders may be used. */
  readonly f16: boolean;
  /** Largest single buffer the adapter allows; 0 without WebGPU. */
  readonly maxBufferSize: number;
  /** Largest buffer a shader may be given; 0 without WebGPU. */
  readonly maxBindingSize: number;
  /** Whether the runtime reads weights from disk piece by piece (WebAssembly.Suspending) and not whole. */
  readonly lazyWeights: boolean;
  /** Memory of the device as the browser tells it, rounded and capped by it; null when it does not. */
  readonly deviceMemory: number | null;
  /** Phones and tablets, whose tabs are ended when they hold much. */
  readonly mobile: boolean;
  /** What the browser allows this page to store, and what it has stored; null when it does not say. */
  readonly storage: { readonly quota: number; readonly used: number } | null;
  /** Why WebGPU cannot be used, with what a person can do; null when it can. */
  readonly problem: EngineError | null;
}

/** What one dtype of a model needs, in bytes. */
export interface Footprint {
  /** Everything that is downloaded. */
  readonly download: number;
  /** Weights, key/value cache and working memory on the GPU; an estimate. */
  readonly gpu: number;
  /** Most of the tab's own memory while loading; an estimate. */
  readonly heap: number;
  /** The largest buffer a shader is given. */
  readonly binding: number;
  readonly f16: boolean;
}

/** Whether a dtype will run here. `notes` are sentences a person should know before deciding. */
export type Verdict =
  | { readonly kind: 'will-run'; readonly notes: readonly string[] }
  /** It will not, but another dtype of the same model will. */
  | { readonly kind: 'instead'; readonly dtype: Dtype; readonly reason: string }
  | { readonly kind: 'cannot'; readonly reason: string; readonly action: string };

export interface DtypeReport {
  readonly dtype: Dtype;
  readonly footprint: Footprint;
  /** Bytes of it that are on this device already. */
  readonly stored: number;
  /** Whether every weight file that is known of has a checksum to be compared with. */
  readonly verified: boolean;
  readonly verdict: Verdict;
}

/** What is known of a model after looking at its small files and its list of files. */
export interface ModelReport {
  readonly id: string;
  readonly name: string;
  readonly architecture: string;
  /** The commit the files will be taken from; null when the source has none. */
  readonly revision: string | null;
  /** Name of the licence as the source gives it; null when it does not. */
  readonly licence: string | null;
  /** In order of preference on this device. */
  readonly dtypes: readonly DtypeReport[];
  /** What `auto` takes; null when nothing will run. */
  readonly recommended: Dtype | null;
}

/** A model, or part of one, that is kept on this device. */
export interface StoredModel {
  /** What `forget` takes. */
  readonly key: string;
  readonly name: string;
  readonly bytes: number;
  /** Whether files are missing or unfinished; loading the model goes on where it stopped. */
  readonly partial: boolean;
  /** Milliseconds since 1970; null when unknown. */
  readonly lastUsed: number | null;
}
