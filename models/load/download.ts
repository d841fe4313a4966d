// Downloads the files of one model type from its folder, with byte progress over all of them.
import type { ExternalData } from '../runtime/runtime';
import { fetchFile, parseJson } from './fetch-file';
import { type Dtype, type Manifest, type SessionName } from './manifest';

/** A graph with the weights that lie beside it. */
export interface GraphFiles {
  readonly name: string;
  readonly graph: Uint8Array;
  readonly data: ExternalData;
}

export interface ModelFiles {
  /** Parsed JSON of the tokenizer's files, by file name. */
  readonly json: ReadonlyMap<string, unknown>;
  readonly sessions: Readonly<Record<SessionName, GraphFiles>>;
}

const JSON_FILES = ['tokenizer.json', 'tokenizer_config.json'] as const;

export interface DownloadOptions {
  readonly signal: AbortSignal;
  readonly onProgress: (loaded: number, total: number) => void;
}

/** Fetches everything `dtype` needs from `folder` (ending in '/'). Throws CANCELLED, DOWNLOAD, INTEGRITY or BAD_MODEL. */
export async function downloadModel(folder: string, manifest: Manifest, dtype: Dtype, options: DownloadOptions): Promise<ModelFiles> {
  const { sessions } = manifest.dtypes[dtype] as NonNullable<Manifest['dtypes'][Dtype]>;
  const weights = Object.values(sessions).flatMap(({ graph, data }) => [graph, ...data]);
  const total = [...JSON_FILES, ...weights].reduce((sum, name) => sum + (manifest.files[name]?.bytes ?? 0), 0);
  let loaded = 0;
  const onBytes = (bytes: number): void => {
    loaded += bytes;
    options.onProgress(loaded, Math.max(total, loaded));
  };
  // One file's failure ends the others: nobody waits for the rest of a download that cannot be used.
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const get = async (name: string): Promise<Uint8Array<ArrayBuffer>> => {
    const expect = manifest.files[name];
    return fetchFile(new URL(name, folder).href, { signal, onBytes, ...(expect ? { expect } : {}) });
  };
  try {
    const [json, files] = await Promise.all([
      Promise.all(JSON_FILES.map(async (name) => [name, parseJson(name, await get(name))] as const)),
      Promise.all(weights.map(async (name) => [name, await get(name)] as const)),
    ]);
    const byName = new Map(files);
    const graphFiles = (session: SessionName): GraphFiles => ({
      name: sessions[session].graph,
      graph: byName.get(sessions[session].graph) as Uint8Array,
      data: sessions[session].data.map((name) => ({ path: name.slice(name.lastIndexOf('/') + 1), data: byName.get(name) as Uint8Array })),
    });
    return {
      json: new Map(json),
      sessions: {
        embed_tokens: graphFiles('embed_tokens'),
        vision_encoder: graphFiles('vision_encoder'),
        decoder_model_merged: graphFiles('decoder_model_merged'),
      },
    };
  } catch (error) {
    stop.abort();
    throw error;
  }
}
