// Says why a folder is no export that can be loaded: what of it is there and what is missing.
import { fault, type EngineFault } from '../../src/errors';
import type { SessionName } from '../../src/engine/manifest';
import { DTYPES, fileSuffix } from '../../src/model/dtype';

/** Types that public exports come in beside ours, as their file names end. Most of their operators run on the processor alone. */
const OTHER_SUFFIXES = ['_quantized', '_int8', '_uint8', '_bnb4', '_int4', '_q8'] as const;
const GENAI = 'genai_config.json';
const TORCH = ['model.safetensors', 'model.safetensors.index.json', 'pytorch_model.bin'] as const;
/** Files that are named in a sentence. */
const MOST_NAMED = 4;

/** Files that tell what a folder is, for folders that cannot be listed and lack a graph. */
export const telltales = (places: readonly string[], sessions: readonly SessionName[]): readonly string[] => [
  GENAI,
  ...TORCH,
  ...places.flatMap((place) => [
    `${place}model.onnx`,
    ...sessions.flatMap((session) => OTHER_SUFFIXES.map((suffix) => `${place}${session}${suffix}.onnx`)),
  ]),
];

/**
 * BAD_MODEL for a folder whose files are `names` and that has no graph `missing` of a type that can be loaded; `sessions` are all
 * graphs of its family, the decoder last.
 */
export function noExport(names: readonly string[], missing: SessionName, sessions: readonly SessionName[]): EngineFault {
  const all = `${sessions.slice(0, -1).join(', ')} and ${sessions[sessions.length - 1]}`;
  const layout = `an export of the transformers.js layout: onnx/${all}, each in one of the types ${DTYPES.join(', ')}`;
  const graphs = names.filter((name) => name.endsWith('.onnx')).toSorted();
  if (names.some((name) => nameOf(name) === GENAI)) {
    return fault(
      'BAD_MODEL',
      `This folder has the layout of onnxruntime-genai (${GENAI}), which fuses picture and text before the decoder.`,
      `Use ${layout}.`,
    );
  }
  const others = graphs.filter((name) => nameOf(name).startsWith(missing));
  const astray = others.filter((name) => DTYPES.some((dtype) => nameOf(name) === `${missing}${fileSuffix(dtype)}.onnx`));
  if (astray.length > 0) {
    return fault(
      'BAD_MODEL',
      `The graphs of this folder must lie together, in onnx/ or beside config.json; ${inWords(astray)} is not with the decoder.`,
      `Put all of them into onnx/: ${all}.`,
    );
  }
  if (others.length > 0) {
    return fault(
      'BAD_MODEL',
      `This folder has ${missing} only in types Noema cannot load (${inWords(others)}): they run mostly on the processor.`,
      `Add ${missing} in one of the types ${DTYPES.join(', ')}, or use ${layout}.`,
    );
  }
  if (graphs.length === 0 && names.some((name) => name.endsWith('.safetensors') || name.endsWith('.bin'))) {
    return fault(
      'BAD_MODEL',
      'This folder holds PyTorch weights, not an ONNX export.',
      'Export it with the recipe in models/recipes, or use an ONNX export.',
    );
  }
  const there = graphs.length === 0 ? 'no .onnx file at all' : inWords(graphs);
  return fault('BAD_MODEL', `This folder has no onnx/${missing}….onnx; it has ${there}.`, `Use ${layout}.`);
}

const nameOf = (path: string): string => path.split('/').at(-1) ?? path;

function inWords(names: readonly string[]): string {
  const more = names.length - MOST_NAMED;
  return names.slice(0, MOST_NAMED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
