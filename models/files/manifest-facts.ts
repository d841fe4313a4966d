// Sizes and checksums of a folder's files from the manifest our recipes write beside them.
import * as v from 'valibot';
import type { FileFacts } from './model-folder';
import { MissingFile } from './words';

const schema = v.object({
  files: v.record(
    v.string(),
    v.object({
      bytes: v.pipe(v.number(), v.integer(), v.minValue(0)),
      sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
    }),
  ),
});

/**
 * Facts by path from `manifest.json`, which `fetch` gets; null when the folder has none, or it says nothing of files. What else
 * goes wrong in `fetch` is thrown on, unless it only means that there is no such file.
 */
export async function manifestFacts(fetch: (path: string) => Promise<Blob>): Promise<ReadonlyMap<string, FileFacts> | null> {
  let text: string;
  try {
    text = await (await fetch('manifest.json')).text();
  } catch (error) {
    if (error instanceof MissingFile) return null;
    throw error;
  }
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), schema), text);
  return parsed.success ? new Map(Object.entries(parsed.output.files)) : null;
}
