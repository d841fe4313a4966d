// What a model was trained for with interleaved latent steps: what its config.json says, what it must be, what recordings keep of it.
import * as v from 'valibot';

/** Most latent steps, and most image tokens that one of them inserts. */
export const MOST_LATENT_STEPS = 8;
export const MOST_STEP_PATCHES = 256;

/** In which order a step appends its parts: image tokens and then the hidden state (the released code), or the other way about (the paper). */
export const PART_ORDERS = ['release', 'paper'] as const;
/** Which image tokens a step may not choose: those of any step before it, those of the step just before it, or none. */
export const REUSE_POLICIES = ['never', 'next-step-only', 'always'] as const;
/** See `PromptReading.positions`. */
export const PROMPT_POSITIONS = ['model', 'sequence'] as const;

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
