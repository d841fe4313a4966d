// Reads the manifest that our own recipe writes beside an export: which files each type needs, with their sizes and checksums.
import * as v from 'valibot';
import { fault } from '../../src/errors';
import type { FileFacts } from '../files/model-folder';

export type SessionName = 'embed_tokens' | 'vision_encoder' | 'decoder_model_merged';

const fileName = v.pipe(v.string(), v.regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))[\w.-]+(?:\/[\w.-]+)*$/));
const sessionSchema = v.object({ graph: fileName, data: v.array(fileName) });
const dtypeSchema = v.object({
  sessions: v.object({ embed_tokens: sessionSchema, vision_encoder: sessionSchema, decoder_model_merged: sessionSchema }),
});

const manifestSchema = v.object({
  format: v.literal(1),
  name: v.string(),
  licence: v.optional(v.string()),
  defaultDtype: v.optional(v.string()),
  dtypes: v.partial(v.object({ fp32: dtypeSchema, fp16: dtypeSchema, q4: dtypeSchema, q4f16: dtypeSchema })),
  files: v.record(fileName, v.object({ bytes: v.pipe(v.number(), v.integer(), v.minValue(0)), sha256: v.string() })),
});

export type Manifest = v.InferOutput<typeof manifestSchema>;

/** Throws BAD_MODEL naming the field that is missing or wrong. */
export function parseManifest(json: unknown): Manifest {
  const result = v.safeParse(manifestSchema, json);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw fault(
    'BAD_MODEL',
    `manifest.json is not as expected: ${v.getDotPath(issue) ?? 'it'}: ${issue.message}.`,
    'Use a folder written by the recipe in models/recipes.',
  );
}

/** Size and checksum of a file as the manifest gives them; null when it does not name the file. */
export function promised(manifest: Manifest | null, path: string): FileFacts | null {
  return manifest?.files[path] ?? null;
}
