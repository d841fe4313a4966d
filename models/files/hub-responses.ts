// Reads the responses of a hub's API (Hugging Face), as far as they are used, and validates them.
import * as v from 'valibot';
import type { FileFacts } from './model-folder';

const modelSchema = v.object({
  /** The commit. */
  sha: v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/)),
  cardData: v.optional(v.nullable(v.object({ license: v.optional(v.unknown()), license_name: v.optional(v.unknown()) }))),
  tags: v.optional(v.array(v.string()), []),
});

const entrySchema = v.object({
  type: v.string(),
  path: v.string(),
  size: v.optional(v.number()),
  lfs: v.optional(v.nullable(v.object({ oid: v.string(), size: v.optional(v.number()) }))),
});

export interface HubModel {
  readonly commit: string;
  readonly licence: string | null;
}

/** The response of `/api/models/ID/revision/REVISION`; null when it is none. */
export function parseHubModel(json: unknown): HubModel | null {
  const parsed = v.safeParse(modelSchema, json);
  if (!parsed.success) return null;
  const { sha, cardData, tags } = parsed.output;
  const words = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
  const tag = tags.find((tag) => tag.startsWith('license:'))?.slice('license:'.length) ?? null;
  const named = words(cardData?.license);
  // 'other' stands for a licence with a name of its own.
  const licence = named === null || named === 'other' ? (words(cardData?.license_name) ?? named ?? tag) : named;
  return { commit: sha, licence };
}

/** One page of `/api/models/ID/tree/COMMIT?recursive=true`; null when it is none. Large files have a checksum. */
export function parseHubTree(json: unknown): [path: string, facts: FileFacts][] | null {
  const parsed = v.safeParse(v.array(entrySchema), json);
  if (!parsed.success) return null;
  return parsed.output.flatMap(({ type, path, size, lfs }) => {
    if (type !== 'file') return [];
    const sha256 = lfs && /^[0-9a-f]{64}$/.test(lfs.oid) ? lfs.oid : null;
    return [[path, { bytes: lfs?.size ?? size ?? null, sha256 }] as [string, FileFacts]];
  });
}

/** The address a Link header (RFC 8288) names as the next page; null when it names none. */
export function nextPage(link: string | null): string | null {
  return /<([^>]*)>\s*;[^,]*\brel="?next"?/i.exec(link ?? '')?.[1] ?? null;
}
