// The model that comes with the page: where it lies and what it costs, from its manifest.
import { DTYPES, type DtypeChoice } from '../src/model/dtype';
import { getJson } from './library';

/** Bytes of the largest runtime (WebAssembly) a browser may have to fetch to compute it; a test holds it to the installed runtime. */
export const RUNTIME_BYTES = 26_800_000;

/** Folder of the embedded model, relative to the page. */
export const EMBEDDED_MODEL = 'models/noema-tiny/';

export interface ModelCost {
  readonly name: string;
  readonly bytes: number;
  readonly licence: string;
}

/** What loading the embedded model with these weights costs. Rejects when the manifest cannot be read. */
export async function modelCost(choice: DtypeChoice): Promise<ModelCost> {
  // Not part of the first view's script: nobody waits for what a model costs.
  const [{ parseManifest, weightBytes }, json] = await Promise.all([
    import('../src/engine/manifest'),
    getJson(`${EMBEDDED_MODEL}manifest.json`),
  ]);
  const manifest = parseManifest(json);
  const dtype = DTYPES.find((name) => name === choice && manifest.dtypes[name]) ?? manifest.defaultDtype;
  return { name: manifest.name, bytes: dtype === undefined ? 0 : weightBytes(manifest, dtype), licence: manifest.licence ?? '' };
}
