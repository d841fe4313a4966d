// Reads a Qwen-VL model folder's JSON files: sizes, token ids and picture preparation, nested or flat, nothing assumed.
import * as v from 'valibot';
import { fault } from '../../src/engine/errors';
import type { VisionInfo } from '../../src/model/latent-model';

const count = v.pipe(v.number(), v.integer(), v.minValue(1));
const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0));
const triple = v.tuple([v.number(), v.number(), v.number()]);

const textSchema = v.object({
  hidden_size: count,
  num_hidden_layers: count,
  num_attention_heads: count,
  num_key_value_heads: v.optional(count),
  head_dim: v.nullish(count),
  vocab_size: count,
  max_position_embeddings: count,
});

const rootSchema = v.object({
  architectures: v.optional(v.array(v.string()), []),
  model_type: v.picklist(['qwen2_vl', 'qwen2_5_vl']),
  image_token_id: tokenId,
  vision_config: v.object({ spatial_merge_size: v.optional(count, 2), patch_size: v.optional(count, 14), num_heads: v.optional(count, 16) }),
});

const generationSchema = v.object({ eos_token_id: v.union([tokenId, v.array(tokenId)]) });

const processorSchema = v.object({
  patch_size: count,
  merge_size: count,
  temporal_patch_size: count,
  min_pixels: v.optional(count),
  max_pixels: v.optional(count),
  size: v.optional(v.object({ shortest_edge: v.optional(count), longest_edge: v.optional(count) })),
  image_mean: triple,
  image_std: triple,
});

/** The sizes and ids of one model. */
export interface QwenConfig {
  readonly architecture: string;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  /** Longest sequence the model was made for. */
  readonly maxLength: number;
  /** Attention heads of the vision encoder. */
  readonly visionHeads: number;
  readonly imageTokenId: number;
  readonly endTokenIds: ReadonlySet<number>;
  readonly vision: VisionInfo;
}

/** The parsed contents of config.json, generation_config.json and preprocessor_config.json. */
export interface ConfigFiles {
  readonly config: unknown;
  readonly generation: unknown;
  readonly processor: unknown;
}

/** Throws BAD_MODEL naming the file and the field that is missing or wrong. */
export function parseConfig(files: ConfigFiles): QwenConfig {
  const root = parse(rootSchema, files.config, 'config.json');
  const nested = (files.config as { text_config?: unknown }).text_config;
  const text = parse(textSchema, nested ?? files.config, 'config.json');
  const generation = parse(generationSchema, files.generation, 'generation_config.json');
  const processor = parse(processorSchema, files.processor, 'preprocessor_config.json');
  const keyValueHeads = text.num_key_value_heads ?? text.num_attention_heads;
  if (text.num_attention_heads % keyValueHeads !== 0) {
    throw badField(
      'config.json',
      `num_attention_heads (${text.num_attention_heads}) must be a multiple of num_key_value_heads (${keyValueHeads})`,
    );
  }
  return {
    architecture: root.architectures[0] ?? root.model_type,
    layers: text.num_hidden_layers,
    heads: text.num_attention_heads,
    keyValueHeads,
    headSize: text.head_dim ?? text.hidden_size / text.num_attention_heads,
    hiddenSize: text.hidden_size,
    vocabularySize: text.vocab_size,
    maxLength: text.max_position_embeddings,
    visionHeads: root.vision_config.num_heads,
    imageTokenId: root.image_token_id,
    endTokenIds: new Set([generation.eos_token_id].flat()),
    vision: {
      patchSize: processor.patch_size,
      mergeSize: processor.merge_size,
      temporalPatchSize: processor.temporal_patch_size,
      minPixels: processor.min_pixels ?? processor.size?.shortest_edge ?? 56 * 56,
      maxPixels: processor.max_pixels ?? processor.size?.longest_edge ?? 14 * 14 * 4 * 1280,
      mean: processor.image_mean,
      std: processor.image_std,
    },
  };
}

function parse<S extends v.GenericSchema>(schema: S, value: unknown, file: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  throw badField(file, `${v.getDotPath(issue) ?? 'it'}: ${issue.message}`);
}

function badField(file: string, what: string) {
  return fault('BAD_MODEL', `${file} is not as expected: ${what}.`, 'Use the folder of a Qwen2-VL or Qwen2.5-VL export.');
}
