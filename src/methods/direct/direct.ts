// Answers at once.
import { PROMPT_FORMS } from '../../prompt/forms';
import { defineMethod } from '../method';

export const direct = defineMethod({
  id: 'direct',
  label: 'Direct answer',
  help: 'Answers at once, without thinking.',
  fields: {},
  prompt: () => PROMPT_FORMS.direct,
});
