// Settings that every method has: the seed, how the answer is decoded, its attention and image dependence, and the picture's size.
import { fault } from '../errors';
import { integer, number, toggle, type SettingsOf } from './field';

const ANSWER_FIELDS = {
  maxNewTokens: integer({
    label: 'Longest answer',
    help: 'Decoding stops after this many tokens.',
    unit: 'tokens',
    group: 'Answer',
    default: 64,
    min: 1,
    max: 4096,
    scale: 'log',
    source: 'The paper allows 2048; answers here are short. An answer that reaches the limit is marked as cut off.',
  }),
  temperature: number({
    label: 'Temperature',
    help: 'How freely the answer is sampled; 0 always takes the most likely token.',
    group: 'Answer',
    default: 0,
    min: 0,
    max: 2,
    step: 0.05,
    scale: 'linear',
    source: 'The paper decodes greedily. Samples are drawn from a random stream of their own, so that the thinking stays the same.',
  }),
  sampleFrom: integer({
    label: 'Sample from the top',
    help: 'When sampling: only so many of the most likely tokens can be drawn.',
    unit: 'tokens',
    group: 'Answer',
    default: 50,
    min: 1,
    max: 64,
  }),
  nucleus: number({
    label: 'Nucleus',
    symbol: 'p',
    help: 'When sampling: of these tokens, only the most likely ones that together hold this share of their probability can be drawn.',
    group: 'Answer',
    default: 1,
    min: 0.01,
    max: 1,
    step: 0.01,
    scale: 'linear',
  }),
};

const ATTENTION_FIELDS = {
  attention: toggle({
    label: 'Measure attention',
    help: 'After the answer, reads it once more for what each of its tokens attends to: the picture, inserted patches, think tokens or text.',
    group: 'Attention',
    default: false,
    source: 'The attention ratio and focus of IVT-LR (Fig. 5), for any method; the paper does not say which layers, heads and rows.',
  }),
};

const DEPENDENCE_FIELDS = {
  dependence: toggle({
    label: 'Measure image dependence',
    help: 'After the answer, measures how much less likely each of its tokens is when the picture is noise.',
    group: 'Dependence',
    default: true,
  }),
  dependenceStrength: number({
    label: 'Picture noise',
    help: 'Standard deviation of the noise added to the picture, where 1 is the whole range from black to white.',
    group: 'Dependence',
    default: 1,
    min: 0,
    max: 10,
    step: 0.05,
    scale: 'linear',
    source: 'The paper does not say how it perturbs the picture; Gaussian pixel noise, not clipped.',
  }),
  dependenceDraws: integer({
    label: 'Noise draws',
    help: 'How many noised pictures are averaged.',
    group: 'Dependence',
    default: 2,
    min: 1,
    max: 16,
    source: 'The paper does not say how many; two halve the chance of one odd picture at twice the cost.',
  }),
};

const PICTURE_FIELDS = {
  maxPixels: integer({
    label: 'Largest picture',
    help: 'A larger picture is scaled down to at most this many pixels; how many make one image token depends on the model.',
    unit: 'pixels',
    group: 'Picture',
    default: 200_704,
    min: 3136,
    max: 1_003_520,
    step: 784,
    scale: 'log',
    source: 'The paper\'s "max pixel 256" counts image tokens, which in Qwen2.5-VL have 28 × 28 pixels.',
  }),
  minPixels: integer({
    label: 'Smallest picture',
    help: 'A smaller picture is scaled up to at least this many pixels.',
    unit: 'pixels',
    group: 'Picture',
    default: 3136,
    min: 3136,
    max: 1_003_520,
    step: 784,
    scale: 'log',
    source: "The model's own lower bound; the released script sets 128 image tokens.",
  }),
};

/** Descriptions of the settings that every method has, beside its own. */
export const COMMON_FIELDS = {
  seed: integer({
    label: 'Seed',
    help: 'The same seed gives the same noise, and so the same run, in every browser.',
    group: 'Run',
    default: 42,
    min: 0,
    max: 4294967295,
    source: 'The paper uses 42 everywhere; the numbers behind it differ here, because the generator is our own.',
  }),
  ...ANSWER_FIELDS,
  ...ATTENTION_FIELDS,
  ...DEPENDENCE_FIELDS,
  ...PICTURE_FIELDS,
};

export type CommonSettings = SettingsOf<typeof COMMON_FIELDS>;

/** Throws BAD_INPUT for common settings that do not go together. */
export function checkCommon({ minPixels, maxPixels }: CommonSettings): void {
  if (minPixels <= maxPixels) return;
  throw fault('BAD_INPUT', `minPixels (${minPixels}) is above maxPixels (${maxPixels}).`, 'Lower minPixels or raise maxPixels.');
}
