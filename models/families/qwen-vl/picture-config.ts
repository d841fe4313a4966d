// How pictures are prepared for a model: preprocessor_config.json in each of the forms it has had, or the released models' own.
import * as v from 'valibot';
import { badField, count, read } from '../read-field';

const FILE = 'preprocessor_config.json';
const PROCESSORS = /^Qwen2(_5_)?VLImageProcessor(Fast|Pil)?$/;
/** Of all released Qwen2-VL and Qwen2.5-VL models (the mean and deviation are CLIP's). */
const RELEASED = {
  minPixels: 56 * 56,
  maxPixels: 16_384 * 28 * 28,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;

/** How pictures are prepared for a model. */
export interface PictureConfig {
  readonly patchSize: number;
  readonly mergeSize: number;
  readonly temporalPatchSize: number;
  /** Bounds on width*height after the smart resize. */
  readonly minPixels: number;
  readonly maxPixels: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

const triple = v.tuple([v.number(), v.number(), v.number()]);
const spread = v.pipe(v.number(), v.gtValue(0));
const visionSchema = v.object({
  patch_size: v.optional(count, 14),
  spatial_merge_size: v.optional(count, 2),
  temporal_patch_size: v.optional(count, 2),
});
const processorSchema = v.object({
  image_processor_type: v.nullish(v.string()),
  patch_size: v.nullish(count),
  merge_size: v.nullish(count),
  temporal_patch_size: v.nullish(count),
  min_pixels: v.nullish(count),
  max_pixels: v.nullish(count),
  size: v.nullish(
    v.object({
      shortest_edge: v.nullish(count),
      longest_edge: v.nullish(count),
      min_pixels: v.nullish(count),
      max_pixels: v.nullish(count),
    }),
  ),
  image_mean: v.nullish(triple),
  image_std: v.nullish(v.tuple([spread, spread, spread])),
  do_normalize: v.nullish(v.boolean()),
});

/**
 * Picture preparation from config.json's `vision_config` and the preprocessor's file; undefined when the folder has none.
 * `maxPixels` is the model's own bound, however large; a run's settings keep below it (prepare-image.ts).
 * Throws BAD_MODEL naming the field when the file is for another kind of model or does not fit the vision encoder.
 */
export function readPictureConfig(visionConfig: unknown, processor: unknown): PictureConfig {
  const vision = read(visionSchema, visionConfig, 'config.json: vision_config');
  const found = read(processorSchema, processor ?? {}, FILE);
  const type = found.image_processor_type;
  if (type && !PROCESSORS.test(type)) throw badField(FILE, `image_processor_type is ${type}, expected Qwen2VLImageProcessor`);
  if (found.do_normalize === false) throw badField(FILE, 'do_normalize is false, and Qwen-VL reads normalised pictures');
  const same = (field: 'patch_size' | 'merge_size' | 'temporal_patch_size', model: number): number => {
    const own = found[field] ?? model;
    if (own !== model) throw badField(FILE, `${field} is ${own}, the vision encoder's is ${model}`);
    return own;
  };
  const { size } = found;
  const minPixels = found.min_pixels ?? size?.min_pixels ?? size?.shortest_edge ?? RELEASED.minPixels;
  const maxPixels = found.max_pixels ?? size?.max_pixels ?? size?.longest_edge ?? RELEASED.maxPixels;
  if (minPixels > maxPixels) throw badField(FILE, `min_pixels (${minPixels}) is above max_pixels (${maxPixels})`);
  return {
    patchSize: same('patch_size', vision.patch_size),
    mergeSize: same('merge_size', vision.spatial_merge_size),
    temporalPatchSize: same('temporal_patch_size', vision.temporal_patch_size),
    minPixels,
    maxPixels,
    mean: found.image_mean ?? RELEASED.mean,
    std: found.image_std ?? RELEASED.std,
  };
}
