// What a family of models must define so that its models can be loaded: whether a config is its own, its sizes, its graphs, and how it is opened.
import type { SessionName } from '../../src/engine/manifest';
import type { LatentModel, ModelInfo } from '../../src/model/latent-model';
import type { ModelConfig } from '../decoder/model-config';
import type { InstrumentOptions } from '../graph/instrument';
import type { GraphSource, Runtime } from '../runtime/runtime';

/** The parsed JSON of a model folder's configuration files, by file name; undefined for those that are not there. */
export type ConfigFiles = Readonly<Record<string, unknown>>;

/** What a model is opened from. */
export interface OpenFiles {
  /** Parsed JSON of the tokenizer's files. */
  readonly tokenizer: { readonly tokenizer: unknown; readonly config: unknown };
  /** Reads a graph when it is wanted: one at a time lies in memory. */
  graph(session: SessionName): Promise<GraphSource>;
  /** Fetches the graph of the reward's gradient, whenever it is asked to; null where the folder has none for the dtype. */
  readonly gradient: (() => Promise<GraphSource>) | null;
}

export interface OpenOptions {
  readonly runtime: Runtime;
  /** How the decoder's graph is instrumented. */
  readonly instrument: Pick<InstrumentOptions, 'attention' | 'fuse'>;
  readonly identity: Pick<ModelInfo, 'id' | 'name' | 'dtype' | 'verified'>;
  /** Throws CANCELLED when loading has been stopped; called between graphs. */
  check(): void;
}

/** A model that holds sessions. */
export interface OpenModel extends LatentModel {
  /** Releases the sessions. */
  close(): Promise<void>;
}

/**
 * A family of models. What is alike in all of them (contexts, candidates, generation: `models/model`; caches and passes:
 * `models/decoder`) is not its part.
 */
export interface Family<Config extends ModelConfig = ModelConfig> {
  /** Lower-case letters, digits and hyphens; recordings name it. */
  readonly id: string;
  /** For people to read: the models it loads. */
  readonly label: string;
  /** Configuration files it reads beside config.json; each may be missing. */
  readonly configFiles: readonly string[];
  /** The graphs it consists of, the decoder (`DECODER`) last. */
  readonly sessions: readonly SessionName[];
  /** Whether config.json, parsed, is of one of its models. */
  recognises(config: unknown): boolean;
  /** Sizes and ids. Throws BAD_MODEL naming the file and field that is missing or wrong. */
  readConfig(files: ConfigFiles): Config;
  /** Instruments and loads the graphs. Throws BAD_MODEL and what `Runtime.create` throws. */
  open(files: OpenFiles, config: Config, options: OpenOptions): Promise<OpenModel>;
}
