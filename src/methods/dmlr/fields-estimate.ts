// Settings of the gradient estimate: how many perturbations a step tries, what their rewards count for, and how far T moves.
import { choice, integer, number, toggle } from '../../settings/field';

/** The most samples of a step. */
export const MOST_SAMPLES = 64;

export const ESTIMATE_FIELDS = {
  samples: integer({
    label: 'Perturbations per step',
    symbol: 'n',
    help: 'How many random directions each step tries before it moves the latents; they share one pass where the model can keep them apart.',
    unit: 'per step',
    group: 'Estimate',
    default: 1,
    min: 1,
    max: MOST_SAMPLES,
    scale: 'log',
    source: 'The paper moves along one. One sample says almost nothing of the direction in which the reward rises (src/README.md).',
  }),
  antithetic: toggle({
    label: 'In pairs',
    help: 'Tries every perturbation in both directions, so that what both earn alike cancels out.',
    group: 'Estimate',
    default: false,
    source: 'Replaces nothing in the paper: one sample and no mirror image.',
  }),
  rewardBaseline: choice({
    label: 'Reward baseline',
    symbol: 'b',
    help: 'What is subtracted from every reward before it counts.',
    group: 'Estimate',
    default: 'none',
    choices: [
      { value: 'none', label: 'Nothing' },
      { value: 'current', label: 'The reward without noise' },
      { value: 'mean', label: 'The mean of the step’s rewards' },
    ],
    source: 'The paper subtracts nothing: as rewards are mostly positive, the latents follow whatever noise was drawn.',
  }),
  shaping: choice({
    label: 'Reward shaping',
    help: 'What a reward counts for: its value, its distance from the others in standard deviations, or its rank among them.',
    group: 'Estimate',
    default: 'raw',
    choices: [
      { value: 'raw', label: 'Its value' },
      { value: 'z-score', label: 'Standard deviations from the mean' },
      { value: 'rank', label: 'Rank' },
    ],
    source: 'The paper uses the value. Ranks cannot be led astray by one odd reward.',
  }),
  updateRule: choice({
    label: 'Step rule',
    help: 'How the estimate becomes a step: the paper’s formula, a step of fixed length along it, or Adam.',
    group: 'Estimate',
    default: 'reinforce',
    choices: [
      { value: 'reinforce', label: 'Paper: η · R · ξ / σ²' },
      { value: 'normalised', label: 'Fixed length along the estimate' },
      { value: 'adam', label: 'Adam' },
    ],
    source:
      'With a fixed length the learning rate is the root mean square of a step’s entries, in noise units; with Adam about their largest.',
  }),
  momentum: number({
    label: 'Momentum',
    help: 'How much of the direction of the steps before is kept; for a step of fixed length.',
    group: 'Estimate',
    default: 0,
    min: 0,
    max: 0.99,
    step: 0.01,
    scale: 'linear',
    source: 'The paper keeps nothing. Estimates of neighbouring steps are of nearly the same gradient, so that together they are better.',
  }),
  sigmaAdaptation: choice({
    label: 'Noise over time',
    help: 'Whether the noise shrinks after every step, or grows again after steps in which more than a fifth of the perturbations beat the latents without noise.',
    group: 'Estimate',
    default: 'decay',
    choices: [
      { value: 'decay', label: 'Shrinks' },
      { value: 'success', label: 'Follows success' },
    ],
    source: 'The paper shrinks it. Growth divides by the noise decay; a fifth is the usual rule of evolution strategies.',
  }),
  exactGradient: toggle({
    label: 'True gradient',
    help: 'Moves the latents along the reward’s gradient itself, in place of perturbations. The embedded model has one.',
    group: 'Estimate',
    default: false,
  }),
  measureCosine: toggle({
    label: 'Measure the estimate',
    help: 'Shows the cosine of every estimate with the true gradient, for one pass more a step; decides nothing.',
    group: 'Estimate',
    default: false,
  }),
  latentsCompete: toggle({
    label: 'Latents alone may win',
    help: 'Whether the moved latents become the best by themselves when they beat it; otherwise only together with a new patch, as long as there is one to try.',
    group: 'Estimate',
    default: false,
    source: 'In Algorithm 1 only a candidate with new patches is compared with the best.',
  }),
};
