// What is served beside the page: recorded runs, sample pictures and the embedded model. Lists are checked when read.
import * as v from 'valibot';
import { fault } from '../src/errors';
import { issueInWords } from '../src/text/schema-words';

/** A path below the page: no scheme, no host, no way up. */
export const localPath = v.pipe(v.string(), v.maxLength(200), v.regex(/^(?!.*\.\.)[\w./-]+$/));
/** Text for people, of a sane length. */
export const words = v.pipe(v.string(), v.maxLength(2000));

const recordingsSchema = v.array(v.object({ file: localPath, title: words, device: words, questions: v.optional(v.array(words), []) }));
export type RecordingEntry = v.InferOutput<typeof recordingsSchema>[number];

/** The recorded runs, best first. Rejects with an EngineFault. */
export async function listRecordings(): Promise<readonly RecordingEntry[]> {
  return getList(recordingsSchema, 'runs/index.json');
}

/** The text of a recorded run. Rejects with an EngineFault. */
export async function fetchRecording(entry: RecordingEntry): Promise<string> {
  return (await get(`runs/${entry.file}`)).text();
}

/** Fetches a file that belongs to the page. Rejects with an EngineFault DOWNLOAD. */
export async function get(path: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(new URL(path, document.baseURI));
  } catch (thrown) {
    throw missing(path, thrown instanceof Error ? thrown.message : String(thrown));
  }
  if (!response.ok) throw missing(path, `HTTP ${response.status}`);
  return response;
}

/** Fetches and parses a JSON file that belongs to the page. Rejects with an EngineFault DOWNLOAD. */
export async function getJson(path: string): Promise<unknown> {
  const response = await get(path);
  try {
    return await response.json();
  } catch (thrown) {
    throw missing(path, thrown instanceof Error ? thrown.message : String(thrown));
  }
}

/** The same, checked. Rejects with an EngineFault DOWNLOAD. */
export async function getList<S extends v.GenericSchema>(schema: S, path: string): Promise<v.InferOutput<S>> {
  const result = v.safeParse(schema, await getJson(path));
  if (result.success) return result.output;
  throw missing(path, `${issueInWords(result.issues[0])}.`);
}

function missing(path: string, detail: string) {
  return fault('DOWNLOAD', 'A file of this page could not be opened.', 'Check the connection and try again.', {
    retry: true,
    detail: `${path}: ${detail}`,
  });
}
