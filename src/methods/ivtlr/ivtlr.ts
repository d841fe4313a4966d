// IVT-LR (arXiv 2510.12603): latent steps before the answer, each of the last hidden state and the image tokens it attends to.
import type { StepEvent } from '../../events/events';
import { PROMPT_FORMS } from '../../prompt/forms';
import { defineMethod, type ThinkRun, type Thought } from '../method';
import { ivtlrControls } from './attribution';
import { IVTLR_FIELDS } from './fields';
import { positionsOf, stepsOf } from './open-choices';
import { IVTLR_PRESETS, ivtlrRemarks } from './presets';
import type { IvtlrSettings } from './settings';

/** The loop, fetched when a run begins: a page that plays a recording does without. */
async function* think(run: ThinkRun<IvtlrSettings>): AsyncGenerator<StepEvent, Thought, undefined> {
  return yield* (await import('./think')).thinkInterleaved(run);
}

export const ivtlr = defineMethod({
  id: 'ivtlr',
  label: 'Interleaved latent',
  help: 'Feeds its last hidden state back a few times, with the image tokens it attends to, and then answers.',
  fields: IVTLR_FIELDS,
  presets: IVTLR_PRESETS,
  remarks: ivtlrRemarks,
  prompt: () => PROMPT_FORMS.cot,
  reading: (settings, model) => ({ positions: positionsOf(settings, model), image: 'features' }),
  steps: (settings, model = {}) => stepsOf(settings, model),
  advances: true,
  baseline: ({ baseline }) =>
    baseline === 'none' ? null : { prompt: baseline === 'direct' ? PROMPT_FORMS.direct : PROMPT_FORMS.cot, rows: () => [] },
  controls: ivtlrControls,
  think,
});
