// Settings of the optimisation itself: how many latents, how they are moved, and what they are rewarded for.
import { choice, integer, number, optionalNumber, toggle } from '../../settings/field';

export const THINKING_FIELDS = {
  latents: integer({
    label: 'Think tokens',
    symbol: 'L',
    help: 'How many latent tokens the model may think in; the paper finds 2 to 4 best.',
    group: 'Thinking',
    default: 4,
    min: 1,
    max: 16,
    source: 'The embedded model was trained with 1 to 8; more is outside what it knows.',
  }),
  steps: integer({
    label: 'Steps',
    symbol: 'T_max',
    help: 'How many times the latents are perturbed, scored and moved; 0 decodes the starting latents.',
    group: 'Thinking',
    default: 15,
    min: 0,
    max: 500,
  }),
  sigma: number({
    label: 'Noise',
    symbol: 'σ',
    help: 'Standard deviation of the Gaussian noise that each step tries out.',
    unit: 'noise units',
    group: 'Thinking',
    default: 0.1,
    min: 0.0001,
    max: 100,
    step: 0.0001,
    scale: 'log',
    source: 'The paper says "10%" but not of what; see noise scale. Its released script uses 25 in absolute units.',
  }),
  noiseScale: choice({
    label: 'Noise scale',
    help: 'The unit of the noise: the spread of the token embeddings, or plain numbers.',
    group: 'Thinking',
    default: 'relative',
    choices: [
      { value: 'relative', label: 'Relative to the embeddings' },
      { value: 'absolute', label: 'Absolute' },
    ],
    source:
      'The paper calls the noise multiplicative and writes an additive formula. Relative reads "10%" as a tenth of the token embeddings\' standard deviation, so that one value fits every model.',
  }),
  sigmaDecay: number({
    label: 'Noise decay',
    help: 'The noise is multiplied by this after every step.',
    group: 'Thinking',
    default: 0.95,
    min: 0.5,
    max: 1,
    step: 0.01,
    scale: 'linear',
  }),
  learningRate: number({
    label: 'Learning rate',
    symbol: 'η',
    help: 'How far the latents move along the noise, times the reward it earned.',
    unit: 'noise units squared',
    group: 'Thinking',
    default: 0.001,
    min: 0.000001,
    max: 10,
    step: 0.000001,
    scale: 'log',
    source: "With a relative noise scale the latents are optimised in units of the embeddings' spread, so this is relative too.",
  }),
};

export const REWARD_FIELDS = {
  rewardForm: choice({
    label: 'Reward',
    symbol: 'R',
    help: 'How confidence is measured: one minus the top-k entropy, or minus the mean log-probability of the top k.',
    group: 'Reward',
    default: 'paper',
    choices: [
      { value: 'paper', label: 'Paper: 1 − top-k entropy' },
      { value: 'code', label: 'Released code: −mean top-k log p' },
    ],
    source: 'Paper and released code disagree; their scales differ about tenfold, so noise and learning rate do not carry over.',
  }),
  topK: integer({
    label: 'Top k',
    symbol: 'k',
    help: 'How many of the most likely tokens the reward looks at.',
    group: 'Reward',
    default: 10,
    min: 1,
    max: 64,
    source: 'The paper gives no k; 10 is what its released code uses.',
  }),
  scoredRows: choice({
    label: 'Scored rows',
    help: 'At which places the next-token confidence is measured.',
    group: 'Reward',
    default: 'block-ends',
    choices: [
      { value: 'block-ends', label: 'End of each latent’s block' },
      { value: 'latents', label: 'The latents themselves' },
      { value: 'latents-and-end', label: 'The latents and the row after them' },
    ],
    source:
      "The formula scores the latents, but attention is causal: the patches after the last latent could then never change the reward. Scoring each block's last row keeps L terms and lets every patch count.",
  }),
  startingReward: choice({
    label: 'Reward to beat at first',
    help: 'What the first candidate must beat: the reward of the untouched start, or zero.',
    group: 'Reward',
    default: 'unperturbed',
    choices: [
      { value: 'unperturbed', label: 'The start’s own reward' },
      { value: 'zero', label: 'Zero' },
    ],
    source:
      "The algorithm starts from the untouched input's reward; the released code from zero, which makes its first step always the best.",
  }),
  rewardThreshold: optionalNumber({
    label: 'Stop at reward',
    help: 'Stops early once the best reward reaches this value; none runs all steps.',
    group: 'Reward',
    default: null,
    min: -100,
    max: 100,
    step: 0.01,
    scale: 'linear',
    source: 'The paper always runs all steps. The start is checked too, unless the reward to beat at first is zero.',
  }),
  measureUnperturbed: toggle({
    label: 'Measure without noise',
    help: 'Also measures the reward of the latents without noise after every step, for the chart; costs one pass a step and decides nothing.',
    group: 'Reward',
    default: true,
  }),
};
