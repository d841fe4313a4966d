// How large a model's small files may be. They are read when somebody only looks at a model, before anyone has agreed to a download.
const MEBI = 2 ** 20;

/** `tokenizer.json` holds the vocabulary; the largest published ones have under 40 MB. */
const TOKENIZER = 64 * MEBI;
/** Configurations, manifests, templates: published ones have kilobytes. */
const METADATA = 4 * MEBI;

/** One answer of a hub's API: a page of a list of files. */
export const MOST_ANSWER_BYTES = 16 * MEBI;

/** Bytes that a file may have, as they are when nothing is compressed any more; Infinity for graphs and weights. */
export function mostBytes(path: string): number {
  if (/(?:^|\/)tokenizer\.json$/.test(path)) return TOKENIZER;
  return /\.(?:json|jinja|txt)$/i.test(path) ? METADATA : Infinity;
}

/**
 * Bytes that a weight file may have of which a server tells `told`: the length of its answer, which may be compressed. Graphs without
 * weights compress to a tenth, weights hardly.
 */
export const mostOf = (told: number): number => 4 * told + 64 * MEBI;
