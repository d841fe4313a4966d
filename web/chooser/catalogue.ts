// The models known beforehand: what they cost and allow, read from a list that is served with the page.
import * as v from 'valibot';
import type { DeviceReport, Footprint, Verdict } from '../../src/engine/model-report';
import { formatModelSource, type ModelSource, nameOfSource } from '../../src/engine/model-source';
import { judgeAll } from '../../src/engine/verdict';
import { footprint } from '../../src/engine/footprint';
import { DTYPES, preferredDtypes, type Dtype } from '../../src/model/dtype';
import { EMBEDDED_MODEL } from '../embedded-model';
import { getList, localPath, words } from '../library';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const dtype = v.picklist(DTYPES);

export const catalogueSchema = v.array(
  v.object({
    source: v.variant('kind', [
      v.object({ kind: v.literal('site'), url: localPath }),
      v.object({ kind: v.literal('hub'), host: v.pipe(v.string(), v.url()), id: words, revision: words }),
    ]),
    name: words,
    about: words,
    licence: v.object({ name: words, means: words }),
    sizes: v.object({
      layers: count,
      keyValueHeads: count,
      headSize: count,
      hiddenSize: count,
      vocabularySize: count,
      visionHeads: count,
      mostPatches: v.exactOptional(count),
    }),
    /** Whether the bytes are what others have stated, and not counted here. */
    approximate: v.boolean(),
    /** What its makers load by default; without it, the best for the device. */
    preferred: v.exactOptional(dtype),
    /** Bytes of each dtype; null where there is such a dtype and nobody has stated its size. */
    dtypes: v.record(dtype, v.nullable(v.object({ download: count, largestFile: count }))),
  }),
);

export type CatalogueEntry = v.InferOutput<typeof catalogueSchema>[number];

/** The catalogue. Rejects with an EngineFault. */
export async function readCatalogue(): Promise<readonly CatalogueEntry[]> {
  return getList(catalogueSchema, 'models/catalogue.json');
}

/** What the catalogue knows of a model's licence, in whatever revision; undefined when it does not know the model. */
export function knownLicence(entries: readonly CatalogueEntry[], source: ModelSource | null): CatalogueEntry['licence'] | undefined {
  if (source?.kind !== 'hub') return undefined;
  const { host, id } = source;
  return entries.find((entry) => entry.source.kind === 'hub' && entry.source.host === host && entry.source.id === id)?.licence;
}

/** The entry's model as people write it: the name of one that comes with the page, empty for the first of these. */
export function textOf({ source }: CatalogueEntry): string {
  if (source.kind === 'hub') return formatModelSource(source);
  return source.url === EMBEDDED_MODEL ? '' : nameOfSource(source);
}

/** What is known of an entry on a device before anything is downloaded. */
export interface Outlook {
  /** The dtype that would be loaded, else the one its makers prefer. */
  readonly dtype: Dtype;
  /** What that dtype needs; null when nobody has stated its size. */
  readonly need: Footprint | null;
  /** `unknown`: no dtype of known size runs here, and there is another that may. */
  readonly verdict: Verdict | { readonly kind: 'unknown'; readonly reason: string };
}

/** Judges an entry. `instead` means that the preferred dtype will not run and `dtype` will. */
export function outlook(entry: CatalogueEntry, device: DeviceReport): Outlook {
  const types = DTYPES.flatMap((name) => {
    const weights = entry.dtypes[name];
    // Hubs list checksums; what is loaded is judged again by its own list.
    return weights
      ? [{ dtype: name, footprint: footprint(entry.sizes, weights, name, device.lazyWeights), stored: 0, verified: true }]
      : [];
  });
  const { dtypes, recommended } = judgeAll(device, types);
  const wanted = entry.preferred ?? preferredDtypes(true).find((name) => entry.dtypes[name]);
  const preferred = dtypes.find((type) => type.dtype === wanted);
  if (preferred === undefined) throw new Error(`The catalogue knows no size of ${entry.name}.`);
  const { verdict } = preferred;
  const shown = verdict.kind === 'instead' ? (dtypes.find((type) => type.dtype === recommended) ?? preferred) : preferred;
  // Only the lack of 16-bit arithmetic leaves it open whether a dtype of unknown size runs: it is larger than those of known size.
  const unsized = preferredDtypes(false).find((name) => entry.dtypes[name] === null);
  const isOpen = verdict.kind === 'cannot' && device.webgpu === 'hardware' && !device.mobile && !device.f16;
  if (isOpen && unsized !== undefined) return { dtype: unsized, need: null, verdict: { kind: 'unknown', reason: verdict.reason } };
  return { dtype: shown.dtype, need: shown.footprint, verdict };
}
