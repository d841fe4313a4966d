// The choices that interleaved latent steps leave open, which a model is trained with.

/** Most latent steps, and most image tokens that one of them inserts. */
export const MOST_LATENT_STEPS = 8;
export const MOST_STEP_PATCHES = 256;

/** In which order a step appends its parts: image tokens and then the hidden state (the released code), or the other way about (the paper). */
export const PART_ORDERS = ['release', 'paper'] as const;
/** Which image tokens a step may not choose: those of any step before it, those of the step just before it, or none. */
export const REUSE_POLICIES = ['never', 'next-step-only', 'always'] as const;
/** See `PromptReading.positions`. */
export const PROMPT_POSITIONS = ['model', 'sequence'] as const;
