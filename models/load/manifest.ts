// Reads a model folder's manifest: which files each type needs, with their sizes and checksums.
import * as v from 'valibot';
import { fault } from '../../src/engine/errors';
import type { ModelInfo } from '../../src/model/latent-model';

export const DTYPES = ['q4', 'q4f16', 'fp32'] as const;
export type Dtype = ModelInfo['dtype'];
export type SessionName = 'embed_tokens' | 'vision_encoder' | 'decoder_model_merged';

const fileName = v.pipe(v.string(), v.regex(/^(?!.*(?:^|\/)\.\.(?:\/|$))[\w.-]+(?:\/[\w.-]+)*$/));
const sessionSchema = v.object({ graph: fileName, data: v.array(fileName) });
const dtypeSchema = v.object({
  needs: v.array(v.string()),
  bytes: v.number(),
  sessions: v.object({ embed_tokens: sessionSchema, vision_encoder: sessionSchema, decoder_model_merged: sessionSchema }),
});

const manifestSchema = v.object({
  format: v.literal(1),
  name: v.string(),
  dtypes: v.partial(v.object({ fp32: dtypeSchema, q4: dtypeSchema, q4f16: dtypeSchema })),
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

/**
 * The type to load. `auto` takes q4: the smallest that computes in 32-bit floating point everywhere. Throws BAD_MODEL when
 * the folder has not got the type.
 */
export function chooseDtype(wanted: 'auto' | Dtype, manifest: Manifest): Dtype {
  const order: readonly Dtype[] = wanted === 'auto' ? ['q4', 'fp32'] : [wanted];
  const found = order.find((dtype) => manifest.dtypes[dtype] !== undefined);
  if (found) return found;
  const there = DTYPES.filter((dtype) => manifest.dtypes[dtype]).join(', ') || 'none';
  throw fault('BAD_MODEL', `The model folder has no ${order.join(' or ')} files (it has: ${there}).`, 'Choose a type that the folder has.');
}
