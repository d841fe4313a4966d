// How pictures are prepared for a model: the settings of its folder, checked and bounded, or the released models' own.
import * as v from 'valibot';
import { MOST_PIXELS } from '../../../src/image/limits';
import { COMMON_FIELDS } from '../../../src/settings/common';
import type { ConfigFiles } from '../family';
import { badField, count, read } from '../read-field';
import { pictureSettings, type PictureSettings } from './picture-source';

const CLASSES = /^Qwen2(_5_)?VLImageProcessor(Fast|Pil)?$/;
/** Of all released Qwen2-VL and Qwen2.5-VL models (the mean and deviation are CLIP's). */
const RELEASED = {
  minPixels: 56 * 56,
  maxPixels: 16_384 * 28 * 28,
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
} as const;
/** What the transformers library takes where a file has no bounds. */
const UNSAID = { minPixels: 56 * 56, maxPixels: 1280 * 28 * 28 } as const;

/** How pictures are prepared for a model. */
export interface PictureConfig {
  readonly patchSize: number;
  readonly mergeSize: number;
  readonly temporalPatchSize: number;
  /** Bounds on width*height after the smart resize. */
  readonly minPixels: number;
  readonly maxPixels: number;
  readonly mean: Channels;
  readonly std: Channels;
}

/** One number for each of red, green and blue. */
type Channels = readonly [number, number, number];

const most = (limit: number, what: string) =>
  v.pipe(
    count,
    v.maxValue(limit, ({ input }) => `${input} is above ${limit}${what}`),
  );
const patch = most(256, '');
const merge = most(32, '');
const frames = most(32, '');
/** A smaller picture is enlarged to so many pixels, whatever a run asks for. */
const least = v.nullish(most(COMMON_FIELDS.maxPixels.max, ', the most pixels of a picture in a run'));
const largest = v.nullish(most(MOST_PIXELS, ', the most pixels of a picture file'));

const visionSchema = v.object({
  patch_size: v.optional(patch, 14),
  spatial_merge_size: v.optional(merge, 2),
  temporal_patch_size: v.optional(frames, 2),
});
const settingsSchema = v.object({
  image_processor_type: v.nullish(v.string()),
  patch_size: v.nullish(patch),
  merge_size: v.nullish(merge),
  temporal_patch_size: v.nullish(frames),
  min_pixels: least,
  max_pixels: largest,
  size: v.nullish(v.strictObject({ shortest_edge: least, longest_edge: largest, min_pixels: least, max_pixels: largest })),
});

/** Steps that are always taken. */
const TAKEN = new Set(['do_resize', 'do_rescale', 'do_normalize', 'do_convert_rgb']);
/** Pillow's number for bicubic resampling. */
const BICUBIC = 3;

/**
 * Picture preparation from config.json's `vision_config` and what the folder says of pictures (`pictureSettings`).
 * `maxPixels` is the model's own bound, however large; a run's settings keep below it (prepare-image.ts).
 * Throws BAD_MODEL naming the file and field when a setting is for another kind of model, does not fit the vision encoder, asks for
 * a step that is not taken or for one to be left out, or lies outside what can be computed.
 */
export function readPictureConfig(visionConfig: unknown, files: ConfigFiles): PictureConfig {
  const vision = read(visionSchema, visionConfig, 'config.json: vision_config');
  const source = pictureSettings(files);
  const { settings, place } = source ?? { settings: {}, place: '' };
  const found = read(settingsSchema, settings, place);
  const type = found.image_processor_type;
  if (type && !CLASSES.test(type)) throw badField(place, `image_processor_type is ${type}, expected Qwen2VLImageProcessor`);
  refuseOtherSteps({ settings, place });
  const same = (field: 'patch_size' | 'merge_size' | 'temporal_patch_size', model: number): number => {
    const own = found[field] ?? model;
    if (own !== model) throw badField(place, `${field} is ${own}, the vision encoder's is ${model}`);
    return own;
  };
  const { size } = found;
  const unsaid = source === null ? RELEASED : UNSAID;
  const minPixels = found.min_pixels ?? size?.shortest_edge ?? size?.min_pixels ?? unsaid.minPixels;
  const maxPixels = found.max_pixels ?? size?.longest_edge ?? size?.max_pixels ?? unsaid.maxPixels;
  if (minPixels > maxPixels) throw badField(place, `min_pixels (${minPixels}) is above max_pixels (${maxPixels})`);
  return {
    patchSize: same('patch_size', vision.patch_size),
    mergeSize: same('merge_size', vision.spatial_merge_size),
    temporalPatchSize: same('temporal_patch_size', vision.temporal_patch_size),
    minPixels,
    maxPixels,
    mean: channels(settings['image_mean'], 'image_mean', place, [-100, 100]) ?? RELEASED.mean,
    std: channels(settings['image_std'], 'image_std', place, [1e-4, 1e4]) ?? RELEASED.std,
  };
}

/** Throws BAD_MODEL for a step that is left out or added, and for one that is taken in another way than it is here. */
function refuseOtherSteps({ settings, place }: PictureSettings): void {
  for (const [field, value] of Object.entries(settings)) {
    if (!field.startsWith('do_') || (value ?? null) === null) continue;
    if (typeof value !== 'boolean') throw badField(place, `${field} must be true or false`);
    if (value !== TAKEN.has(field)) throw badField(place, `${field} is ${value}, which is not supported`);
  }
  const { resample, rescale_factor: factor } = settings;
  if ((resample ?? BICUBIC) !== BICUBIC) {
    throw badField(place, `resample is ${JSON.stringify(resample)}, and pictures are resized bicubically (${BICUBIC}) alone`);
  }
  if (typeof (factor ?? 0) !== 'number') throw badField(place, 'rescale_factor must be a number');
  if (typeof factor === 'number' && Math.abs(255 * factor - 1) > 1e-6) {
    throw badField(place, `rescale_factor is ${factor}, and only 1/255 is supported`);
  }
}

/** Three numbers, or one for all channels; undefined when the file says none. Throws BAD_MODEL for anything else. */
function channels(value: unknown, field: string, place: string, [low, high]: readonly [number, number]): Channels | undefined {
  if ((value ?? null) === null) return undefined;
  const list: readonly unknown[] = Array.isArray(value) ? value : [value, value, value];
  if (list.length !== 3) throw badField(place, `${field} has ${list.length} numbers, expected 3`);
  const wrong = list.findIndex((item) => typeof item !== 'number' || !(item >= low && item <= high));
  if (wrong < 0) return list as unknown as Channels;
  throw badField(place, `${field}.${wrong} is ${JSON.stringify(list[wrong])}, expected a number from ${low} to ${high}`);
}
