// The manifest.json that our recipes write beside an export: which files each dtype of the model needs, with their sizes and checksums.
import * as v from 'valibot';
import { fault } from '../errors';
import { MOST, textOf } from '../events/bounds';
import { DTYPES, type Dtype } from '../model/dtype';
import { issueInWords } from '../text/schema-words';

/** A graph of an export, such as embed_tokens; every model has the decoder. */
export type SessionName = string;
export const DECODER: SessionName = 'decoder_model_merged';

const fileName = v.pipe(v.string(), v.regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))[\w.-]+(?:\/[\w.-]+)*$/));
const sessionSchema = v.object({ graph: fileName, data: v.array(fileName) });
const typeSchema = v.object({
  sessions: v.record(v.pipe(v.string(), v.regex(/^[a-z][a-z_]{0,39}$/)), sessionSchema),
  /** The graph of the reward's gradient, fetched when a run asks for it and not before. */
  gradient: v.optional(sessionSchema),
});
const fileSchema = v.object({
  bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
  /** Lower-case hex. */
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

const manifestSchema = v.object({
  format: v.literal(1),
  name: textOf(MOST.name),
  licence: v.optional(v.string()),
  /** What `auto` should take; a name that is no dtype of ours says nothing. */
  defaultDtype: v.fallback(v.optional(v.picklist(DTYPES)), undefined),
  dtypes: v.partial(v.object({ q4: typeSchema, q4f16: typeSchema, fp16: typeSchema, fp32: typeSchema } satisfies Record<Dtype, unknown>)),
  /** Every file of the folder by its path, but for the manifest. */
  files: v.record(fileName, fileSchema),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;

/** Characters of what is wrong that are shown. */
const LONGEST = 300;

/** Checks the parsed contents of a manifest.json. Throws BAD_MODEL naming the field that is missing or wrong. */
export function parseManifest(json: unknown): Manifest {
  const result = v.safeParse(manifestSchema, json);
  if (result.success) return result.output;
  throw fault(
    'BAD_MODEL',
    `manifest.json is not as expected: ${issueInWords(result.issues[0]).slice(0, LONGEST)}.`,
    'Use a folder written by the recipe in models/recipes.',
  );
}

/** Bytes of the graphs and weights of one dtype; 0 when there is no such dtype. */
export function weightBytes(manifest: Manifest, dtype: Dtype): number {
  const sessions = Object.values(manifest.dtypes[dtype]?.sessions ?? {});
  const paths = new Set(sessions.flatMap(({ graph, data }) => [graph, ...data]));
  return [...paths].reduce((sum, path) => sum + (manifest.files[path]?.bytes ?? 0), 0);
}
