// The most of each thing that a run can contain, and the schemas of numbers and texts that are held to it.
import * as v from 'valibot';
import { LONGEST } from '../errors';
import { MAX_QUESTION_LENGTH } from '../prompt/question';

/** Nothing a run measures is as large as this; a larger number is an error, and would break the drawing of axes. */
export const LARGEST_NUMBER = 1e12;

/**
 * The most of each thing that a run can have, by its settings, its models and what the page can give it; a recording may not hold more.
 * Lengths of text are in UTF-16 units.
 */
export const MOST = {
  latents: 16,
  steps: 501,
  tokens: 4096,
  /** The largest picture that settings allow in image tokens of 14 x 14 pixels, the smallest there are, has 5120. */
  imageTokens: 8192,
  rows: 65_536,
  patchesPerLatent: 256,
  /** Parts of a picture that a model sees by themselves, and the whole: 4 x 4 and 1, and some. */
  tiles: 20,
  topTokens: 64,
  segments: 256,
  /** Pixels of the picture that the model sees: the largest that settings allow, twice for rounding up to whole image tokens. */
  pixels: 2_007_040,
  /** The long side of a picture over its short one: models refuse more. */
  sideRatio: 200,
  /** The text of one token; the longest in vocabularies have 256. */
  tokenText: 512,
  /** A question of surrogate pairs, twice as the released prompt has it, and the words around it. */
  segmentText: 4 * MAX_QUESTION_LENGTH + 10_000,
  question: 2 * MAX_QUESTION_LENGTH,
  /** Names of models, devices and runs. */
  name: 1000,
  ...LONGEST,
  /** A picture of half as many pixels with three bytes for each, in base64: no format takes more. */
  preview: 4_100_000,
} as const;

export const finite = v.pipe(v.number(), v.minValue(-LARGEST_NUMBER), v.maxValue(LARGEST_NUMBER));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LARGEST_NUMBER));
export const positive = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_NUMBER));
/** What cannot be below 0: a duration, a distance, a deviation. */
export const size = v.pipe(v.number(), v.minValue(0), v.maxValue(LARGEST_NUMBER));
export const ids = v.pipe(v.array(count), v.maxLength(MOST.patchesPerLatent));

/** A text of at most `most` UTF-16 units. */
export const textOf = (most: number) => v.pipe(v.string(), v.maxLength(most));

/** One number for each image token, or none; looked at in one loop, because a step may have more than a hundred thousand. */
export const numbers = v.custom<number[]>(
  (value) => Array.isArray(value) && value.length <= MOST.imageTokens && value.every(isNumber),
  ({ input }) => numbersProblem(input),
);

const isNumber = (value: unknown): boolean => typeof value === 'number' && Math.abs(value) <= LARGEST_NUMBER;

function numbersProblem(value: unknown): string {
  if (!Array.isArray(value)) return 'is not a list of numbers';
  if (value.length > MOST.imageTokens) return `has ${value.length} entries; at most ${MOST.imageTokens} are possible`;
  return `has an entry, number ${value.findIndex((entry) => !isNumber(entry))}, that is no number of at most ${LARGEST_NUMBER}`;
}
