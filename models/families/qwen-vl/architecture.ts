// Which models Noema can load, by their config's model_type, and what to say of the others.
import { fault, type EngineFault } from '../../../src/errors';
import { badField } from './read-field';

const FILE = 'config.json';
const LOADED = { qwen2_vl: 'Qwen2VLForConditionalGeneration', qwen2_5_vl: 'Qwen2_5_VLForConditionalGeneration' } as const;
const ACTION = 'Use an ONNX export of a Qwen2-VL or Qwen2.5-VL model.';

/** The model class's name. Throws BAD_MODEL saying what the model is when it is none that can be loaded. */
export function readArchitecture(config: unknown): string {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) throw badField(FILE, 'it must be a JSON object');
  const { model_type: type, architectures, ...rest } = config as Record<string, unknown>;
  if (typeof type !== 'string') throw badField(FILE, 'the field model_type is missing');
  if (!isLoaded(type)) throw unsupported(type, rest);
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  return typeof first === 'string' ? first : LOADED[type];
}

const isLoaded = (type: string): type is keyof typeof LOADED => Object.hasOwn(LOADED, type);

function unsupported(type: string, config: Readonly<Record<string, unknown>>): EngineFault {
  const loads = 'Noema loads Qwen2-VL and Qwen2.5-VL';
  if (/^qwen2(_5)?_vl_text$/.test(type)) {
    return fault('BAD_MODEL', `This is the language part of a Qwen-VL model alone (${type}); its vision part is needed too.`, ACTION);
  }
  return 'vision_config' in config || /vl|vision|llava|mllama|idefics/i.test(type)
    ? fault('BAD_MODEL', `This is a vision-language model of another architecture (${type}); ${loads}.`, ACTION)
    : fault('BAD_MODEL', `This is no vision-language model (${type}); ${loads}.`, ACTION);
}
