// DMLR (arXiv 2512.12623): think tokens optimised at test time, with image patches inserted that raise the reward.
import { PROMPT_FORMS } from '../../prompt/forms';
import type { StepEvent } from '../../events/events';
import { defineMethod, type ThinkRun, type Thought } from '../method';
import { checkDmlrRun } from './check-run';
import { dmlrColumns, dmlrDetailSchema } from './detail';
import { DMLR_CONTROLS } from './attribution';
import { DMLR_PRESETS, dmlrRemarks } from './presets';
import { DMLR_FIELDS, type DmlrSettings } from './settings';
import { startingRows } from './start';

/** The loop of the settings, fetched when a run begins: a page that plays a recording does without. */
async function* think(run: ThinkRun<DmlrSettings>): AsyncGenerator<StepEvent, Thought, undefined> {
  if (run.settings.algorithm === 'release') return yield* (await import('./release')).optimiseAsReleased(run);
  return yield* (await import('./optimise')).optimise(run);
}

export const dmlr = defineMethod({
  id: 'dmlr',
  label: 'Latent thinking',
  help: 'Optimises latent think tokens for confidence while the model answers, and inserts the image patches that raise it.',
  fields: DMLR_FIELDS,
  presets: DMLR_PRESETS,
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
  think,
  probe: async (run) => (await import('./probe')).probeOf(run),
  detail: dmlrDetailSchema,
  checkRun: checkDmlrRun,
  columns: dmlrColumns,
});
