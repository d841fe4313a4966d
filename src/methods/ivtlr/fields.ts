// Settings of interleaved latent reasoning: how many steps, what each appends, and what is looked at beside the answer.
import { MOST_LATENT_STEPS, MOST_STEP_PATCHES } from '../../model/interleaved-latent';
import type { SettingsOf } from '../../settings/field';
import { choice, optionalNumber, toggle } from '../../settings/field';

const STEPS = 'Latent steps';
const PARTS = 'Parts of a step';
const RUN = 'Run';

export const IVTLR_FIELDS = {
  latentSteps: optionalNumber({
    label: 'Latent steps',
    symbol: 'N',
    help: 'Steps before the answer; none: as the model was trained. 0 answers at once.',
    group: STEPS,
    default: null,
    min: 0,
    max: MOST_LATENT_STEPS,
    whole: true,
    step: 1,
    scale: 'linear',
    source: 'Paper and released code: 3, also for an untrained model.',
  }),
  patches: optionalNumber({
    label: 'Patches a step',
    symbol: 'K',
    help: 'Image tokens that each step inserts again; none: as the model was trained.',
    unit: 'image tokens',
    group: STEPS,
    default: null,
    min: 1,
    max: MOST_STEP_PATCHES,
    whole: true,
    step: 1,
    scale: 'linear',
    source: 'Released code: 32 of 100; an untrained model takes at most a third of the picture.',
  }),
  patchChoice: choice({
    label: 'Choice of patches',
    help: 'Those that the last row attends to most, as many at random, or all.',
    group: STEPS,
    default: 'attention',
    choices: [
      { value: 'attention', label: 'By attention' },
      { value: 'random', label: 'At random' },
      { value: 'all', label: 'All of them' },
    ],
    source: 'Paper and released code: by attention, over all layers and heads.',
  }),
  order: choice({
    label: 'Order of the parts',
    help: 'Which part of a step comes first: its image tokens or its hidden state.',
    group: STEPS,
    default: 'trained',
    choices: [
      { value: 'trained', label: 'As the model was trained' },
      { value: 'release', label: 'Image tokens first' },
      { value: 'paper', label: 'The hidden state first' },
    ],
    source: 'Paper (Alg. 1): the hidden state first. Released code, and an untrained model: image tokens first.',
  }),
  reuse: choice({
    label: 'Choosing again',
    help: 'Whether a step may choose image tokens of an earlier one.',
    group: STEPS,
    default: 'trained',
    choices: [
      { value: 'trained', label: 'As the model was trained' },
      { value: 'never', label: 'Never' },
      { value: 'next-step-only', label: 'Not in the next step' },
      { value: 'always', label: 'Always' },
    ],
    source: 'Released code, and an untrained model: never. A fork of the code: always.',
  }),
  positions: choice({
    label: 'Positions of the prompt',
    help: 'The model’s own (time, height, width), or one count over all rows.',
    group: STEPS,
    default: 'trained',
    choices: [
      { value: 'trained', label: 'As the model was trained' },
      { value: 'model', label: 'The model’s own' },
      { value: 'sequence', label: 'One count over all rows' },
    ],
    source: 'Released code: one count. The paper does not say; an untrained model: its own.',
  }),
  textPart: toggle({
    label: 'Latent text',
    help: 'Whether each step feeds the last hidden state back.',
    group: PARTS,
    default: true,
    source: 'Off is the paper’s ablation "w/o latent text".',
  }),
  visionPart: toggle({
    label: 'Latent vision',
    help: 'Whether each step inserts image tokens again.',
    group: PARTS,
    default: true,
    source: 'Off is the paper’s ablation "w/o latent vision", as in Coconut.',
  }),
  baseline: choice({
    label: 'Compare with',
    help: 'What is answered before the latent steps.',
    group: RUN,
    default: 'none',
    choices: [
      { value: 'none', label: 'Nothing' },
      { value: 'no-steps', label: 'The same prompt, no latent steps' },
      { value: 'direct', label: 'The direct prompt' },
    ],
  }),
  controls: toggle({
    label: 'Controls',
    help: 'Answers again with parts of the steps left out or replaced.',
    group: RUN,
    default: false,
  }),
};

export type IvtlrOwnSettings = SettingsOf<typeof IVTLR_FIELDS>;
