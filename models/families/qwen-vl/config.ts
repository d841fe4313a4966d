// Reads a Qwen-VL model folder's JSON files: sizes, token ids and picture preparation, nested or flat, nothing assumed.
import * as v from 'valibot';
import { type InterleavedLatent, interleavedLatentSchema } from '../../../src/model/interleaved-latent';
import type { ModelConfig } from '../../decoder/model-config';
import type { ConfigFiles } from '../family';
import { readPictureConfig, type PictureConfig } from './picture-config';
import { badField, count, read, tokenId } from '../read-field';

const FILE = 'config.json';
/** Above every published model by far: what a config asks for beyond it would be counted, kept in memory or wrap around. */
const MOST = { layers: 1024, heads: 4096, width: 2 ** 20, vocabulary: 2 ** 24, rows: 2 ** 30, ends: 1000 } as const;
const upTo = (most: number) => v.pipe(count, v.maxValue(most));
const eos = v.nullish(v.union([tokenId, v.pipe(v.array(tokenId), v.maxLength(MOST.ends))]));
/** `rope_scaling` until release 4 of the transformers library, `rope_parameters` since. */
const rope = v.nullish(v.object({ mrope_section: v.nullish(v.array(count)) }));

/** Where the picture's token is told: beside the sizes or, as release 4.57 of the transformers library saves it, among the text model's. */
const imageIds = { image_token_id: v.nullish(tokenId), vision_start_token_id: v.nullish(tokenId) };

const textSchema = v.object({
  ...imageIds,
  hidden_size: upTo(MOST.width),
  num_hidden_layers: upTo(MOST.layers),
  num_attention_heads: upTo(MOST.heads),
  num_key_value_heads: v.nullish(upTo(MOST.heads)),
  head_dim: v.nullish(upTo(MOST.width)),
  vocab_size: upTo(MOST.vocabulary),
  max_position_embeddings: upTo(MOST.rows),
  rope_scaling: rope,
  rope_parameters: rope,
  eos_token_id: eos,
});

const rootSchema = v.object({
  ...imageIds,
  eos_token_id: eos,
  rope_scaling: rope,
  interleaved_latent: v.nullish(interleavedLatentSchema),
  vision_config: v.object({ num_heads: v.optional(upTo(MOST.heads), 16) }),
});

const generationSchema = v.object({ eos_token_id: eos });

/** `<|vision_start|>` and `<|image_pad|>` of all released models; some early configs name the first alone. */
const RELEASED = { visionStart: 151_652, image: 151_655 } as const;

const CLASSES = { qwen2_vl: 'Qwen2VLForConditionalGeneration', qwen2_5_vl: 'Qwen2_5_VLForConditionalGeneration' } as const;

/** Whether config.json, parsed, is of a Qwen2-VL or Qwen2.5-VL model. */
export function recognises(config: unknown): boolean {
  return typeof config === 'object' && config !== null && modelType(config) !== null;
}

function modelType(config: object): keyof typeof CLASSES | null {
  const { model_type: type } = config as { model_type?: unknown };
  return typeof type === 'string' && Object.hasOwn(CLASSES, type) ? (type as keyof typeof CLASSES) : null;
}

/** The sizes and ids of one model. */
export interface QwenConfig extends ModelConfig {
  readonly imageTokenId: number;
  /** Empty when no file names one: then the tokenizer's end of a turn ends an answer (`fitTokenizer`). */
  readonly endTokenIds: ReadonlySet<number>;
  readonly vision: PictureConfig;
  /** Absent: not trained for interleaved latent steps. */
  readonly interleavedLatent?: InterleavedLatent;
}

/** Throws BAD_MODEL naming the file and field that is missing or wrong, in config.json of a model that `recognises` accepts. */
export function parseConfig(files: ConfigFiles): QwenConfig {
  const config = files[FILE] as Readonly<Record<string, unknown>>;
  const root = read(rootSchema, config, FILE);
  const text = read(textSchema, config['text_config'] ?? config, FILE);
  const generation = read(generationSchema, files['generation_config.json'] ?? {}, 'generation_config.json');
  const heads = text.num_attention_heads;
  const keyValueHeads = text.num_key_value_heads ?? heads;
  if (heads % keyValueHeads !== 0) {
    throw badField(FILE, `num_attention_heads (${heads}) must be a multiple of num_key_value_heads (${keyValueHeads})`);
  }
  const headSize = text.head_dim ?? text.hidden_size / heads;
  if (!Number.isInteger(headSize)) {
    throw badField(FILE, `hidden_size (${text.hidden_size}) must be a multiple of num_attention_heads (${heads})`);
  }
  const sections = (text.rope_scaling ?? text.rope_parameters ?? root.rope_scaling)?.mrope_section;
  if (sections && (sections.length !== 3 || sections.reduce((sum, size) => sum + size, 0) !== headSize / 2)) {
    throw badField(FILE, `mrope_section (${sections.join(', ')}) must be three numbers that sum to half the head size (${headSize / 2})`);
  }
  const vision = readPictureConfig(config['vision_config'], files);
  return {
    architecture: architectureOf(config),
    layers: text.num_hidden_layers,
    heads,
    keyValueHeads,
    headSize,
    hiddenSize: text.hidden_size,
    vocabularySize: text.vocab_size,
    maxLength: text.max_position_embeddings,
    positionAxes: 3,
    visionHeads: root.vision_config.num_heads,
    imageTokenId: imageToken(root, text),
    endTokenIds: new Set([generation.eos_token_id ?? text.eos_token_id ?? root.eos_token_id ?? []].flat()),
    mostPatches: Math.ceil(vision.maxPixels / vision.patchSize ** 2),
    vision,
    ...(root.interleaved_latent ? { interleavedLatent: root.interleaved_latent } : {}),
  };
}

function architectureOf(config: Readonly<Record<string, unknown>>): string {
  const { architectures } = config;
  const first: unknown = Array.isArray(architectures) ? architectures[0] : undefined;
  const type = modelType(config);
  return typeof first === 'string' ? first : type === null ? '' : CLASSES[type];
}

function imageToken(root: v.InferOutput<typeof rootSchema>, text: v.InferOutput<typeof textSchema>): number {
  const vocabulary = text.vocab_size;
  const start = root.vision_start_token_id ?? text.vision_start_token_id;
  const found = root.image_token_id ?? text.image_token_id ?? (start === RELEASED.visionStart ? RELEASED.image : null);
  if (found === null) throw badField(FILE, 'the field image_token_id is missing');
  if (found >= vocabulary) throw badField(FILE, `image_token_id (${found}) is outside the vocabulary of ${vocabulary}`);
  return found;
}

/** What of a tokenizer is asked here: the ids of a text whose special tokens are known by name. */
export interface SpecialTokens {
  encode(text: string, special: boolean): Uint32Array;
  readonly largestId: number;
}

/**
 * The config with an end token, from the tokenizer where no file named one. Throws BAD_MODEL when the two do not belong
 * together: the picture's token has another id, or an id of a token lies outside the vocabulary (which may be larger than
 * the tokenizer: sizes are padded).
 */
export function fitTokenizer(config: QwenConfig, tokenizer: SpecialTokens): QwenConfig {
  const idOf = (token: string): number => {
    const ids = tokenizer.encode(token, true);
    if (ids.length !== 1) throw badField('tokenizer.json', `${token} is not one token`);
    return ids[0];
  };
  if (tokenizer.largestId >= config.vocabularySize) {
    throw badField(
      'tokenizer.json',
      `it has a token of id ${tokenizer.largestId}, the model's vocabulary has ${config.vocabularySize} (vocab_size)`,
    );
  }
  const image = idOf('<|image_pad|>');
  if (image !== config.imageTokenId) {
    throw badField('tokenizer.json', `<|image_pad|> has id ${image}, config.json says image_token_id is ${config.imageTokenId}`);
  }
  const turn = idOf('<|im_end|>');
  return config.endTokenIds.size > 0 ? config : { ...config, endTokenIds: new Set([turn]) };
}
