// What a model was trained for with interleaved latent steps: what its config.json says, what it must be, what recordings keep of it.
import * as v from 'valibot';
import { MOST_LATENT_STEPS, MOST_STEP_PATCHES, PART_ORDERS, PROMPT_POSITIONS, REUSE_POLICIES } from './interleaved-latent';

const whole = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most));

/** The object `interleaved_latent` of config.json, and the same in a run's events. */
export const interleavedLatentSchema = v.object({
  steps: whole(1, MOST_LATENT_STEPS),
  /** Image tokens that a step inserts; 0: trained without them. */
  patches: whole(0, MOST_STEP_PATCHES),
  order: v.picklist(PART_ORDERS),
  reuse: v.picklist(REUSE_POLICIES),
  positions: v.picklist(PROMPT_POSITIONS),
});

export type InterleavedLatent = v.InferOutput<typeof interleavedLatentSchema>;
