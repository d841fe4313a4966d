// Settings of DMLR that go together, and what the page says about settings before a run.
import type { Preset } from '../method';
import type { DmlrSettings } from './settings';

/** run.sh of the released code, and what the code does with it; the picture's bounds are 128 and 256 image tokens of 28 x 28 pixels. */
const RELEASE = {
  algorithm: 'release',
  latents: 2,
  steps: 15,
  sigma: 25,
  noiseScale: 'absolute',
  sigmaDecay: 0.95,
  learningRate: 0.01,
  rewardForm: 'code',
  topK: 10,
  scoredRows: 'first-rows-and-next',
  startingReward: 'zero',
  initialPatches: 1,
  budgetGrowth: 1,
  maxPatches: 16,
  budgetScope: 'latent',
  rewardSees: 'placeholders',
  insertedRows: 'placeholders',
  latentsOverwrite: true,
  savedLatents: 'updated',
  answerPatches: false,
  positions: 'sequence',
  prompt: 'release',
  maxNewTokens: 2048,
  minPixels: 100_352,
  maxPixels: 200_704,
} as const;

/** Noise as wide as the embeddings are spread, so that a pair tells of the landscape and not of one point; steps of the same length throughout. */
const POPULATION = {
  samples: 16,
  antithetic: true,
  updateRule: 'normalised',
  momentum: 0.7,
  sigma: 1,
  sigmaDecay: 1,
  learningRate: 0.4,
  latentsCompete: true,
} as const;

export const DMLR_PRESETS: readonly Preset[] = [
  {
    id: 'paper',
    label: 'As in the paper',
    help: 'One perturbation a step, the paper’s noise and learning rate, patches by attention; where the paper is silent, what this page chose.',
    settings: {},
  },
  {
    id: 'population',
    label: 'Population of 16 pairs',
    help: 'Sixteen pairs of perturbations a step, and steps of fixed length along their estimate with momentum: the reward climbs because the latents move. With the embedded model answers grow surer by it and no more often right.',
    settings: POPULATION,
  },
  {
    id: 'latents-only',
    label: 'Population, no patches',
    help: 'The same without any patch: whatever changes, the latents did it.',
    settings: { ...POPULATION, patchSource: 'none' },
  },
  {
    id: 'gradient',
    label: 'True gradient',
    help: 'Moves the latents along the reward’s gradient itself, without patches.',
    settings: { exactGradient: true, updateRule: 'adam', learningRate: 0.3, latentsCompete: true, patchSource: 'none' },
  },
  {
    id: 'release-v1',
    label: 'As the released code runs',
    help: 'The released code’s loop, its script’s values, and every known difference from the paper (its first version).',
    settings: RELEASE,
  },
  {
    id: 'release-v2',
    label: 'As the released code runs, version 2',
    help: 'The same with the one change of versions 2 and 3 that matters here: the row after the latents is not scored.',
    settings: { ...RELEASE, scoredRows: 'first-rows' },
  },
];

/** What is worth knowing about settings before a run: that no patch will be tried, or that the latents will hardly move. */
export function dmlrRemarks(settings: DmlrSettings): string[] {
  if (settings.steps === 0) return [];
  return [spentBudget(settings), nothingToCompare(settings), tinySteps(settings), withoutPerturbations(settings)].filter(
    (remark) => remark !== null,
  );
}

function spentBudget({ latents, initialPatches, patchesPerStep, maxPatches, budgetScope, patchSource }: DmlrSettings): string | null {
  if (patchSource === 'none' || patchSource === 'all' || patchesPerStep === 0 || maxPatches === 0) return null;
  const perLatent = budgetScope === 'latent';
  if (perLatent ? initialPatches < maxPatches : latents * initialPatches < maxPatches) return null;
  return `The start already uses all ${maxPatches} patches${perLatent ? ' of each latent' : ''}: no step will try another.`;
}

function nothingToCompare({ samples, antithetic, shaping, rewardBaseline, exactGradient }: DmlrSettings): string | null {
  if (exactGradient || samples > 1 || antithetic || (shaping === 'raw' && rewardBaseline !== 'mean')) return null;
  const cause = shaping === 'raw' ? 'a baseline of the mean' : 'reward shaping';
  return `With one perturbation a step, ${cause} leaves nothing to compare: the latents will not move.`;
}

function tinySteps({ updateRule, learningRate }: DmlrSettings): string | null {
  if (updateRule === 'reinforce' || learningRate >= 0.01) return null;
  return `With this step rule a learning rate of ${learningRate} moves each number by about ${learningRate} noise units a step: hardly at all.`;
}

function withoutPerturbations({ exactGradient, samples, antithetic, measureCosine }: DmlrSettings): string | null {
  if (!exactGradient || (samples === 1 && !antithetic && !measureCosine)) return null;
  return 'With the true gradient no perturbation is tried.';
}
