// The model that comes with the page: where it lies and what it costs, from its manifest.
import * as v from 'valibot';
import { getJson } from './library';

/** Bytes of the largest runtime (WebAssembly) a browser may have to fetch to compute it; a test holds it to the installed runtime. */
export const RUNTIME_BYTES = 26_800_000;

/** Folder of the embedded model, relative to the page. */
export const EMBEDDED_MODEL = 'models/noema-tiny/';

const dtypeSchema = v.object({ bytes: v.pipe(v.number(), v.minValue(0)) });
const manifestSchema = v.object({
  name: v.string(),
  licence: v.string(),
  defaultDtype: v.string(),
  dtypes: v.record(v.string(), dtypeSchema),
});

export interface ModelCost {
  readonly name: string;
  readonly bytes: number;
  readonly licence: string;
}

/** What loading the embedded model with these weights costs. Rejects when the manifest cannot be read. */
export async function modelCost(dtype: string): Promise<ModelCost> {
  const manifest = v.parse(manifestSchema, await getJson(`${EMBEDDED_MODEL}manifest.json`));
  const chosen = manifest.dtypes[dtype] ?? manifest.dtypes[manifest.defaultDtype];
  return { name: manifest.name, bytes: chosen?.bytes ?? 0, licence: manifest.licence };
}
