// Writes its steps out in words before it answers (chain of thought).
import { PROMPT_FORMS } from '../../prompt/forms';
import { defineMethod } from '../method';

export const cot = defineMethod({
  id: 'cot',
  label: 'Step by step',
  help: 'Writes its steps out in words before it answers.',
  fields: {},
  prompt: () => PROMPT_FORMS.cot,
});
