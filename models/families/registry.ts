// The families of models that can be loaded, and what is said of every other model.
import { fault, type EngineFault } from '../../src/errors';
import type { Family } from './family';
import { qwenVl } from './qwen-vl/family';
import { badField } from './read-field';

/** The families that come with Noema. */
export const FAMILIES: readonly Family[] = [qwenVl];

const FILE = 'config.json';
/** Characters of a model's type that are shown. */
const LONGEST_TYPE = 80;

/**
 * The family of a model by its parsed config.json. Throws BAD_MODEL saying what the model is when no family recognises it.
 */
export function familyOf(config: unknown, families: readonly Family[] = FAMILIES): Family {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) throw badField(FILE, 'it must be a JSON object');
  const family = families.find((candidate) => candidate.recognises(config));
  if (family) return family;
  const { model_type: type, ...rest } = config as Record<string, unknown>;
  if (typeof type !== 'string') throw badField(FILE, 'the field model_type is missing');
  throw unsupported(type, rest, families);
}

function unsupported(fullType: string, config: Readonly<Record<string, unknown>>, families: readonly Family[]): EngineFault {
  const type = fullType.slice(0, LONGEST_TYPE);
  const known = families.map((family) => family.label).join(', ');
  const loads = `Noema loads ${known}`;
  const action = `Use an ONNX export of a model of ${known}.`;
  if (type.endsWith('_text') && families.some((family) => family.recognises({ ...config, model_type: type.slice(0, -'_text'.length) }))) {
    return fault(
      'BAD_MODEL',
      `${FILE} is of the language part of a vision-language model alone (${type}); its vision part is needed too.`,
      action,
    );
  }
  return 'vision_config' in config || /vl|vision|llava|mllama|idefics|chameleon|paligemma/i.test(type)
    ? fault('BAD_MODEL', `${FILE} is of a vision-language model of another architecture (${type}); ${loads}.`, action)
    : fault('BAD_MODEL', `${FILE} is of no vision-language model (${type}); ${loads}.`, action);
}
