// The released code's names for DMLR's settings, which the command line takes.
import type { Aliases } from '../method';

/** The released code's options (`main.py`). Those of the run as a whole (data, workers, judge) belong to the command that evaluates. */
export const DMLR_ALIASES: Aliases = {
  settings: {
    num_thought_tokens: 'latents',
    max_num_steps: 'steps',
    lr: 'learningRate',
    sigma_decay: 'sigmaDecay',
    top_k: 'topK',
    num_selected_patches: 'maxPatches',
    initial_patch_count: 'initialPatches',
    patch_increment: 'budgetGrowth',
    visual_insert_stride: 'insertStride',
    visual_injection_start_step: 'insertFrom',
    visual_injection_interval: 'insertEvery',
    max_new_tokens: 'maxNewTokens',
    min_pixels: 'minPixels',
    max_pixels: 'maxPixels',
    use_auto_grad: 'exactGradient',
  },
  missing: {
    reward_threshold: 'set rewardThreshold, where none means never, and not -1.',
    visual_only: 'it inserts hidden states of the last layer, which is not repeated here.',
    disable_conf_reward: 'the reward by which the model grades its own think tokens is not repeated here.',
    disable_best_reward: 'the released code reads it nowhere.',
    solver_prompt_idx: 'use prompt release for the released prompt, or the methods direct and cot.',
  },
};
