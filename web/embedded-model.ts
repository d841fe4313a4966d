// The models that come with the page: where they lie and what they cost, from their manifests.
import { DTYPES, type DtypeChoice } from '../src/model/dtype';
import { getJson } from './library';

/** Bytes of the largest runtime (WebAssembly) a browser may have to fetch to compute it; a test holds it to the installed runtime. */
export const RUNTIME_BYTES = 26_800_000;

/** Folder of the embedded model, relative to the page. */
export const EMBEDDED_MODEL = 'models/noema-tiny/';

/**
 * The folder, relative to the page, of a model that comes with it: of the embedded one for an empty text, else of the one with this name.
 * Null for what names a model from elsewhere (`owner/name`, an address).
 */
export function siteFolder(model: string): string | null {
  if (model === '') return EMBEDDED_MODEL;
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(model) ? `models/${model}/` : null;
}

export interface ModelCost {
  readonly name: string;
  readonly bytes: number;
  readonly licence: string;
}

/** What loading the model of a folder of the page with these weights costs. Rejects when the manifest cannot be read. */
export async function modelCost(folder: string, choice: DtypeChoice): Promise<ModelCost> {
  // Not part of the first view's script: nobody waits for what a model costs.
  const [{ parseManifest, weightBytes }, json] = await Promise.all([import('../src/engine/manifest'), getJson(`${folder}manifest.json`)]);
  const manifest = parseManifest(json);
  const dtype = DTYPES.find((name) => name === choice && manifest.dtypes[name]) ?? manifest.defaultDtype;
  return { name: manifest.name, bytes: dtype === undefined ? 0 : weightBytes(manifest, dtype), licence: manifest.licence ?? '' };
}
