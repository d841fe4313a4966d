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
    help: 'Steps before the answer, each of a latent text part and a latent vision part; none: as many as the model was trained with. 0 answers at once.',
    group: STEPS,
    default: null,
    min: 0,
    max: MOST_LATENT_STEPS,
    whole: true,
    step: 1,
    scale: 'linear',
    source: 'Paper and released code: 3. Taken too for a model that was not trained for them.',
  }),
  patches: optionalNumber({
    label: 'Patches a step',
    symbol: 'K',
    help: 'Image tokens that each step chooses and inserts again; none: as the model was trained. At most as many as the picture has.',
    unit: 'image tokens',
    group: STEPS,
    default: null,
    min: 1,
    max: MOST_STEP_PATCHES,
    whole: true,
    step: 1,
    scale: 'linear',
    source: 'Released code: 32 of 100. A model that was not trained for it takes 32 too, and at most a third of the picture.',
  }),
  patchChoice: choice({
    label: 'Choice of patches',
    help: 'Those that the last row attends to most, as many drawn at random, or every one that may be chosen.',
    group: STEPS,
    default: 'attention',
    choices: [
      { value: 'attention', label: 'By attention' },
      { value: 'random', label: 'At random' },
      { value: 'all', label: 'All of them' },
    ],
    source: 'Paper and released code: by attention, added up over all layers and heads. The others are controls.',
  }),
  order: choice({
    label: 'Order of the parts',
    help: 'Which part of a step comes first: its image tokens or its hidden state.',
    group: STEPS,
    default: 'trained',
    choices: [
      { value: 'trained', label: 'As the model was trained' },
      { value: 'release', label: 'Image tokens, then the hidden state' },
      { value: 'paper', label: 'The hidden state, then image tokens' },
    ],
    source:
      'The paper writes the hidden state first (Alg. 1); its released code inserts the image tokens before it. Untrained: the code’s.',
  }),
  reuse: choice({
    label: 'Choosing again',
    help: 'Whether a step may choose image tokens that an earlier one has inserted.',
    group: STEPS,
    default: 'trained',
    choices: [
      { value: 'trained', label: 'As the model was trained' },
      { value: 'never', label: 'Never' },
      { value: 'next-step-only', label: 'Not in the next step' },
      { value: 'always', label: 'Always' },
    ],
    source: 'Released code: never. A later fork of it chooses again by default, which changes its results. Untrained: never.',
  }),
  positions: choice({
    label: 'Positions of the prompt',
    help: 'The positions that the model was made for (time, height, width), or one count over all rows.',
    group: STEPS,
    default: 'trained',
    choices: [
      { value: 'trained', label: 'As the model was trained' },
      { value: 'model', label: 'The model’s own' },
      { value: 'sequence', label: 'One count over all rows' },
    ],
    source: 'The released code counts rows, for the image too; the paper says nothing. Untrained: the model’s own.',
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
    source: 'Off is the paper’s ablation "w/o latent vision"; what is left is Coconut’s chain of hidden states.',
  }),
  baseline: choice({
    label: 'Compare with',
    help: 'What is answered before the latent steps, to compare with.',
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
    help: 'Answers again without one part or the other, and with parts that say nothing of this picture: which part makes the difference.',
    group: RUN,
    default: false,
  }),
};

export type IvtlrOwnSettings = SettingsOf<typeof IVTLR_FIELDS>;
