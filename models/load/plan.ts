// Finds out which files of a model folder make which dtype, and what they weigh, before any weight is fetched.
import { fault } from '../../src/errors';
import { DECODER, parseManifest, type Manifest, type SessionName } from '../../src/engine/manifest';
import { DTYPES, fileSuffix, standIns, type Dtype } from '../../src/model/dtype';
import { readJson, readOptionalJson } from '../files/json';
import type { FileFacts, ModelFolder } from '../files/model-folder';
import type { ModelConfig } from '../decoder/model-config';
import type { Family } from '../families/family';
import { FAMILIES, familyOf } from '../families/registry';
import { noExport, telltales } from './no-export';

/** A graph and the weight files that are known to lie beside it; the graph itself may name more. */
export interface PlannedSession {
  readonly graph: string;
  readonly data: readonly string[];
}

/** One dtype of a model: what to fetch for it. */
export interface PlannedDtype {
  readonly dtype: Dtype;
  readonly sessions: Readonly<Record<SessionName, PlannedSession>>;
  /** The graph of the reward's gradient, which is not fetched with the others; null where the manifest names none. */
  readonly gradient: PlannedSession | null;
}

export interface ModelPlan {
  readonly name: string;
  readonly licence: string | null;
  readonly family: Family;
  readonly config: ModelConfig;
  readonly manifest: Manifest | null;
  /** What is known of the folder's files; sizes of files it does not name are unknown. */
  readonly facts: ReadonlyMap<string, FileFacts>;
  /** Whether the sizes in `facts` are the files' own, and not the lengths of a server's answers, which may be compressed. */
  readonly sized: boolean;
  readonly types: readonly PlannedDtype[];
  /** What the folder's author says `auto` should take. */
  readonly preferred: Dtype | null;
}

/** Fetched with every dtype. */
export const TOKENIZER_FILES = ['tokenizer.json', 'tokenizer_config.json'] as const;
/** Where exports keep their graphs. */
const PLACES = ['onnx/', ''] as const;
/** Weight files beside one graph, at most. */
const MOST_SHARDS = 100;

/**
 * Reads a folder's configuration and looks for its graphs. Throws BAD_MODEL when the folder is no export that one of `families`
 * can load, saying why, and what `ModelFolder` throws.
 */
export async function readPlan(folder: ModelFolder, signal: AbortSignal, families: readonly Family[] = FAMILIES): Promise<ModelPlan> {
  const manifestJson = await readOptionalJson(folder, 'manifest.json', signal);
  const manifest = manifestJson === undefined ? null : parseManifest(manifestJson);
  const config = await readJson(folder, 'config.json', signal);
  const family = familyOf(config, families);
  // A manifest that names the small files names all of them: what it leaves out need not be asked for.
  const listed = manifest && Object.hasOwn(manifest.files, 'config.json') ? manifest.files : null;
  const others = await Promise.all(
    family.configFiles
      .filter((file) => listed === null || Object.hasOwn(listed, file))
      .map(async (file) => [file, await readOptionalJson(folder, file, signal)] as const),
  );
  const parsed = family.readConfig({ 'config.json': config, ...Object.fromEntries(others) });
  const list = manifest ? new Map<string, FileFacts>(Object.entries(manifest.files)) : await folder.list(signal);
  const facts = list ?? (await ask(folder, [...TOKENIZER_FILES, ...graphNames(family.sessions)], signal));
  const types = manifest ? fromManifest(manifest, family) : fromNames(facts, family);
  if (typeof types === 'string') {
    const others = list === null ? await ask(folder, telltales(PLACES, family.sessions), signal) : facts;
    throw noExport([...new Set([...facts.keys(), ...others.keys()])], types, family.sessions);
  }
  // Said before gigabytes come, not after.
  const missing = manifest ? undefined : TOKENIZER_FILES.find((path) => !facts.has(path));
  if (missing !== undefined) {
    throw fault(
      'BAD_MODEL',
      `This folder has no ${missing}.`,
      "Add the original model's tokenizer.json and tokenizer_config.json to the export.",
    );
  }
  return {
    name: manifest?.name ?? folder.name,
    licence: manifest?.licence ?? folder.licence,
    family,
    config: parsed,
    manifest,
    facts,
    sized: list !== null,
    types,
    preferred: types.find(({ dtype }) => dtype === manifest?.defaultDtype)?.dtype ?? null,
  };
}

/** All files of a dtype, tokenizer included, as far as they are known before its graphs are read. */
export function filesOf(type: PlannedDtype): readonly string[] {
  return [...TOKENIZER_FILES, ...weightFilesOf(type)];
}

/** Graphs of a dtype and the weight files that are known to lie beside them. */
export const weightFilesOf = (type: PlannedDtype): readonly string[] =>
  Object.values(type.sessions).flatMap(({ graph, data }) => [graph, ...data]);

/** Whether all of these files have a checksum to be compared with. */
export const areVerified = (plan: Pick<ModelPlan, 'facts'>, paths: readonly string[]): boolean =>
  paths.every((path) => (plan.facts.get(path)?.sha256 ?? null) !== null);

/** Bytes of a dtype and of its largest file; files of unknown size count nothing. */
export function weightsOf(plan: ModelPlan, type: PlannedDtype): { download: number; largestFile: number } {
  const sizes = filesOf(type).map((path) => plan.facts.get(path)?.bytes ?? 0);
  return { download: sizes.reduce((sum, bytes) => sum + bytes, 0), largestFile: Math.max(...sizes) };
}

/** The dtypes, or the graph that none has. */
function fromManifest(manifest: Manifest, { sessions: names }: Family): PlannedDtype[] | SessionName {
  const types = DTYPES.flatMap((dtype) => {
    const found = manifest.dtypes[dtype];
    if (!found) return [];
    const { sessions: given, gradient = null } = found;
    const missing = names.find((name) => !Object.hasOwn(given, name));
    if (missing === undefined) return [{ dtype, sessions: Object.fromEntries(names.map((name) => [name, given[name]])), gradient }];
    throw fault('BAD_MODEL', `manifest.json names no ${missing} for ${dtype}.`, 'Use a folder written by the recipe in models/recipes.');
  });
  return types.length > 0 ? types : DECODER;
}

/** The dtypes that files of these names make, or the graph that is missing. */
function fromNames(facts: ReadonlyMap<string, FileFacts>, { sessions: names }: Family): PlannedDtype[] | SessionName {
  const place = PLACES.find((prefix) => DTYPES.some((dtype) => facts.has(graphOf(prefix, DECODER, dtype))));
  if (place === undefined) return DECODER;
  const find = (session: SessionName, dtypes: readonly Dtype[]): PlannedSession | null => {
    const dtype = dtypes.find((type) => facts.has(graphOf(place, session, type)));
    if (dtype === undefined) return null;
    const graph = graphOf(place, session, dtype);
    return { graph, data: [singleOf(graph), ...shardsOf(graph)].filter((path) => facts.has(path)) };
  };
  const missing = names.find((name) => find(name, DTYPES) === null);
  if (missing !== undefined) return missing;
  return DTYPES.flatMap((dtype) => {
    if (!find(DECODER, [dtype])) return [];
    const sessions = names.map((name) => [name, find(name, name === DECODER ? [dtype] : standIns(name, dtype))] as const);
    return [{ dtype, sessions: Object.fromEntries(sessions) as PlannedDtype['sessions'], gradient: null }];
  });
}

const graphNames = (sessions: readonly SessionName[]): string[] =>
  PLACES.flatMap((place) => sessions.flatMap((session) => DTYPES.map((dtype) => graphOf(place, session, dtype))));

/** Which of some files a folder has that cannot be listed, with the weight files beside the graphs. */
async function ask(folder: ModelFolder, paths: readonly string[], signal: AbortSignal): Promise<ReadonlyMap<string, FileFacts>> {
  const found = new Map<string, FileFacts>();
  const has = async (path: string): Promise<boolean> => {
    const facts = await folder.facts(path, signal);
    if (facts) found.set(path, facts);
    return facts !== null;
  };
  await Promise.all(
    paths.map(async (path) => {
      if (!(await has(path)) || !path.endsWith('.onnx') || (await has(singleOf(path)))) return;
      for (const shard of shardsOf(path)) if (!(await has(shard))) break;
    }),
  );
  return found;
}

const graphOf = (place: string, session: SessionName, dtype: Dtype): string => `${place}${session}${fileSuffix(dtype)}.onnx`;

/** The one weight file of a graph as onnxruntime-genai's builder names it. */
const singleOf = (graph: string): string => `${graph}.data`;

/** `x.onnx_data`, `x.onnx_data_1`, … as public exports name them. */
function shardsOf(graph: string): string[] {
  return Array.from({ length: MOST_SHARDS }, (_, i) => (i === 0 ? `${graph}_data` : `${graph}_data_${i}`));
}
