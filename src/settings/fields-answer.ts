// Settings of what surrounds the optimisation: prompt, answer, baseline, image dependence and picture size.
import { choice, integer, number, toggle } from './field';

const TOKEN_PIXELS = 28 * 28;

export const ANSWER_FIELDS = {
  prompt: choice({
    label: 'Prompt',
    help: 'The words around the question: a short form, or a long one after the released code’s.',
    group: 'Answer',
    default: 'latent',
    choices: [
      { value: 'latent', label: 'Short' },
      { value: 'release', label: 'After the released prompt' },
    ],
    source:
      'The released prompt asks twice and both wants and forbids written steps; the short one says it once. The long form quotes the release so that its runs can be repeated; its system turn is shortened and two run-together sentences before the think tokens are set apart, as the embedded model was trained with them.',
  }),
  baseline: choice({
    label: 'Baseline',
    help: 'What the optimised answer is compared with.',
    group: 'Answer',
    default: 'same-prompt',
    choices: [
      { value: 'same-prompt', label: 'Same prompt, untouched think tokens' },
      { value: 'direct', label: 'Direct prompt, no think tokens' },
      { value: 'none', label: 'None' },
    ],
    source: 'The prompt alone moves answers more than the method does, so the fair comparison keeps the prompt.',
  }),
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
};

export const DEPENDENCE_FIELDS = {
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

export const PICTURE_FIELDS = {
  maxPixels: integer({
    label: 'Largest picture',
    help: 'A larger picture is scaled down to at most this many pixels; 784 pixels (28 × 28) make one image token.',
    unit: 'pixels',
    group: 'Picture',
    default: 256 * TOKEN_PIXELS,
    min: 4 * TOKEN_PIXELS,
    max: 1280 * TOKEN_PIXELS,
    step: TOKEN_PIXELS,
    scale: 'log',
    source: 'The paper\'s "max pixel 256" counts image tokens of 28 × 28 pixels.',
  }),
  minPixels: integer({
    label: 'Smallest picture',
    help: 'A smaller picture is scaled up to at least this many pixels.',
    unit: 'pixels',
    group: 'Picture',
    default: 4 * TOKEN_PIXELS,
    min: 4 * TOKEN_PIXELS,
    max: 1280 * TOKEN_PIXELS,
    step: TOKEN_PIXELS,
    scale: 'log',
    source: "The model's own lower bound; the released script sets 128 image tokens.",
  }),
};
