// DMLR (arXiv 2512.12623): think tokens optimised at test time, with image patches inserted that raise the reward.
import { PROMPT_FORMS } from '../../prompt/forms';
import { defineMethod } from '../method';
import { checkDmlrRun } from './check-run';
import { dmlrColumns, dmlrDetailSchema } from './detail';
import { optimise, startingRows } from './optimise';
import { optimiseAsReleased } from './release';
import { DMLR_CONTROLS } from './controls';
import { DMLR_ALIASES, DMLR_PRESETS, dmlrRemarks } from './presets';
import { DMLR_FIELDS } from './settings';

export const dmlr = defineMethod({
  id: 'dmlr',
  label: 'Latent thinking',
  help: 'Optimises latent think tokens for confidence while the model answers, and inserts the image patches that raise it.',
  fields: DMLR_FIELDS,
  presets: DMLR_PRESETS,
  aliases: DMLR_ALIASES,
  remarks: dmlrRemarks,
  prompt: (settings) => PROMPT_FORMS[settings.prompt],
  latents: (settings) => settings.latents,
  steps: (settings) => settings.steps,
  baseline: (settings) => {
    if (settings.baseline === 'none') return null;
    return settings.baseline === 'direct'
      ? { prompt: PROMPT_FORMS.direct, rows: () => [] }
      : { prompt: PROMPT_FORMS[settings.prompt], rows: (model) => startingRows(model, settings.latents) };
  },
  controls: ({ controls }) => (controls ? DMLR_CONTROLS : []),
  reading: ({ positions }) => ({ positions, image: 'features' }),
  think: (run) => (run.settings.algorithm === 'release' ? optimiseAsReleased(run) : optimise(run)),
  detail: dmlrDetailSchema,
  checkRun: checkDmlrRun,
  columns: dmlrColumns,
});
