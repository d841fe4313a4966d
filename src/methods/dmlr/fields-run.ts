// Settings of what surrounds the optimisation: the prompt, and what the answer is compared with.
import { choice, toggle } from '../../settings/field';

export const RUN_FIELDS = {
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
  controls: toggle({
    label: 'What made the difference',
    help: 'After the answer, decodes it again with parts of the thought left out or replaced by chance.',
    group: 'Answer',
    default: false,
    source: 'Not in the paper: without controls a changed answer says nothing of what changed it.',
  }),
};
