// The released code's names for the settings of interleaved latent reasoning, which the command line takes.
import type { Aliases } from '../method';

const OF_TRAINING = 'it belongs to training.';

/** The released code's options, and those of a fork of it. */
export const IVTLR_ALIASES: Aliases = {
  settings: {
    max_latent_stage: 'latentSteps',
    num_selected_patches: 'patches',
    patch_reuse_policy: 'reuse',
    PATCH_REUSE_POLICY: 'reuse',
    max_new_tokens: 'maxNewTokens',
  },
  missing: {
    c_thought: 'a step has one hidden state, as in the released code.',
    pad_latent_to_max: OF_TRAINING,
    epochs_per_stage: OF_TRAINING,
    batch_size_training: OF_TRAINING,
  },
};
