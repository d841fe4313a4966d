// Settings that repeat what the released code does where it differs from the paper; each is one difference, the defaults are the paper.
import { choice, integer, toggle } from '../../settings/field';

export const RELEASE_FIELDS = {
  algorithm: choice({
    label: 'Loop',
    help: 'The paper’s loop, which tries patches latent by latent and keeps them when they help, or the released code’s, which places patches anew in every step.',
    group: 'Released code',
    default: 'paper',
    choices: [
      { value: 'paper', label: 'Paper: Algorithm 1' },
      { value: 'release', label: 'Released code' },
    ],
    source:
      'The released code takes one reward a step, and a better one only decides which patches stay first in line and how many there may be.',
  }),
  rewardSees: choice({
    label: 'The reward sees',
    help: 'Whether the pass that gives the reward has read the image, or the embedding of the placeholder token in its place.',
    group: 'Released code',
    default: 'image',
    choices: [
      { value: 'image', label: 'The image' },
      { value: 'placeholders', label: 'Placeholders' },
    ],
    source: 'The released code gives the reward’s pass no pixels: its rewards are the same for any two pictures of one size.',
  }),
  insertedRows: choice({
    label: 'Inserted rows',
    help: 'What is inserted for a patch: its image features, or the embedding of the placeholder token, the same for every patch.',
    group: 'Released code',
    default: 'features',
    choices: [
      { value: 'features', label: 'Image features' },
      { value: 'placeholders', label: 'Placeholders' },
    ],
    source: 'The released code inserts placeholders: which patch was chosen cannot matter, only how many.',
  }),
  latentsOverwrite: toggle({
    label: 'Latents overwrite the first patches',
    help: 'Writes the latents once more over the first rows of the think block, as many as there are latents.',
    group: 'Released code',
    default: false,
    source: 'The released code writes them at their places before any patch was inserted; its authors say it is a mistake of the upload.',
  }),
  savedLatents: choice({
    label: 'Latents kept as the best',
    help: 'The latents that were evaluated, or those after the step’s update, which nothing has evaluated.',
    group: 'Released code',
    default: 'evaluated',
    choices: [
      { value: 'evaluated', label: 'As evaluated' },
      { value: 'updated', label: 'After the update' },
    ],
    source: 'Only the released loop knows the difference: in Algorithm 1 what is evaluated comes after the update.',
  }),
  answerPatches: toggle({
    label: 'The answer reads the patches',
    help: 'Whether the best patches stand before the answer too, or the latents alone.',
    group: 'Released code',
    default: true,
    source: 'The paper decodes with them; the released code decodes without any.',
  }),
  positions: choice({
    label: 'Positions',
    help: 'The positions the model was trained with, or one count for all rows.',
    group: 'Released code',
    default: 'model',
    choices: [
      { value: 'model', label: 'As trained' },
      { value: 'sequence', label: 'One after another' },
    ],
    source: 'The released code hands the model embeddings without token ids, and so every pass loses the image’s rows and columns.',
  }),
  budgetGrowth: integer({
    label: 'Patches more after a best',
    help: 'In the released loop: by how many patches a latent’s share grows after a new best.',
    unit: 'patches per latent',
    group: 'Released code',
    default: 0,
    min: 0,
    max: 16,
    source: 'The released code’s patch_increment; the paper’s loop has patches per try instead.',
  }),
  insertStride: integer({
    label: 'Every so many latents',
    help: 'In the released loop: patches go after latent 0 and every so many after it.',
    group: 'Released code',
    default: 1,
    min: 1,
    max: 16,
  }),
  insertFrom: integer({
    label: 'Patches from step',
    help: 'In the released loop: the first step, counted from 0, that inserts patches.',
    group: 'Released code',
    default: 0,
    min: 0,
    max: 500,
  }),
  insertEvery: integer({
    label: 'Patches every so many steps',
    help: 'In the released loop: steps between two that insert patches.',
    group: 'Released code',
    default: 1,
    min: 1,
    max: 500,
  }),
};
