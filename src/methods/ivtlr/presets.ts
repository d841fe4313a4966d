// Settings of interleaved latent reasoning that go together, and what is said before a run.
import type { ModelFacts, Preset } from '../method';
import { stepsOf } from './open-choices';
import type { IvtlrSettings } from './settings';

export const IVTLR_PRESETS: readonly Preset[] = [
  {
    id: 'trained',
    label: 'As the model was trained',
    help: 'What the model was trained with; for an untrained one the released code’s numbers.',
    settings: {},
  },
  {
    id: 'release',
    label: 'As the released code runs',
    help: 'Three steps of 32 of about 100 image tokens before the hidden state, and positions that count rows.',
    settings: {
      latentSteps: 3,
      patches: 32,
      order: 'release',
      reuse: 'never',
      positions: 'sequence',
      maxNewTokens: 512,
      minPixels: 78_400,
      maxPixels: 78_400,
    },
  },
  {
    id: 'paper',
    label: 'As in the paper',
    help: 'Three steps, each a hidden state and then the image tokens it chose (Alg. 1).',
    settings: { latentSteps: 3, patches: 32, order: 'paper', reuse: 'never', positions: 'model' },
  },
];

/** What is worth knowing about settings before a run, and about a model that is known. */
export function ivtlrRemarks(settings: IvtlrSettings, model?: ModelFacts): string[] {
  const { latentSteps, textPart, visionPart, patches, patchChoice } = settings;
  if (latentSteps === 0) return [];
  if (!textPart && !visionPart) return ['Without latent text and latent vision a step has nothing to append: the answer follows at once.'];
  const about = model === undefined ? [] : ofModel(stepsOf(settings, model), model);
  if (!visionPart && patches !== null)
    return [...about, `Without latent vision no patch is inserted: patches (${patches}) changes nothing.`];
  if (visionPart && patchChoice === 'all' && patches !== null)
    return [...about, `Every step takes all image tokens that are left: patches (${patches}) changes nothing.`];
  return about;
}

function ofModel(steps: number, { interleavedLatent: trained }: ModelFacts): string[] {
  if (trained === undefined)
    return [
      'This model was not trained for interleaved latent steps: they are new to it, and its answers may suffer. Among the models that come with the page one was.',
    ];
  return steps > trained.steps
    ? [`This model was trained with ${trained.steps} latent steps; those after them, up to ${steps}, are new to it.`]
    : [];
}
