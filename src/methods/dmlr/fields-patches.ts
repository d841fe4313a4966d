// Settings of the inserted patches: how many go into the think block, where, and at which positions.
import { choice, integer } from '../../settings/field';

export const PATCH_FIELDS = {
  initialPatches: integer({
    label: 'Patches at the start',
    help: 'How many of the image patches each latent attends to most are placed after it before the first step.',
    unit: 'patches per latent',
    group: 'Patches',
    default: 2,
    min: 0,
    max: 16,
    source: 'The paper\'s "2 at initialisation" may mean 2 in all; read as 2 for each latent, as the appendix places them after each.',
  }),
  patchesPerStep: integer({
    label: 'Patches per try',
    symbol: 'm',
    help: 'How many new patches each latent proposes in a step; they stay only if the reward beats the best so far.',
    unit: 'patches per latent',
    group: 'Patches',
    default: 2,
    min: 0,
    max: 16,
    source:
      'The paper keeps one set of best patches; here each latent keeps a list of its own, so two latents may hold the same patch. Patches are proposed by the attention of the perturbed latents, the pass the step makes anyway.',
  }),
  maxPatches: integer({
    label: 'Most patches',
    help: 'The most patches that may be inserted.',
    unit: 'patches',
    group: 'Patches',
    default: 16,
    min: 0,
    max: 64,
    source: "The paper's 16 has no clear scope; see patch budget.",
  }),
  budgetScope: choice({
    label: 'Patch budget',
    help: 'Whether the most patches is counted over the whole think block or for each latent.',
    group: 'Patches',
    default: 'sequence',
    choices: [
      { value: 'sequence', label: 'Whole think block' },
      { value: 'latent', label: 'Each latent' },
    ],
    source: 'The paper says "at most 16 per iteration"; read as the size of the think block, which bounds the cost of a pass.',
  }),
  layout: choice({
    label: 'Layout',
    help: 'Where a latent’s patches stand.',
    group: 'Patches',
    default: 'after-each',
    choices: [
      { value: 'after-each', label: 'After their latent' },
      { value: 'after-all', label: 'After all latents' },
      { value: 'before-each', label: 'Before their latent' },
    ],
    source: 'The formula puts the patches after all latents, the appendix after each; the appendix is followed.',
  }),
  patchPositions: choice({
    label: 'Patch positions',
    help: 'Which position an inserted patch gets: the next one in the text, or the one it has in the image.',
    group: 'Patches',
    default: 'sequential',
    choices: [
      { value: 'sequential', label: 'Next in the sequence' },
      { value: 'image', label: 'Where it is in the image' },
    ],
    source: 'The paper does not say. Sequential keeps every row after the ones it reads.',
  }),
};
