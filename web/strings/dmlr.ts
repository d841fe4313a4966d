// Every sentence of DMLR's own views, in one place, so that a translation is a second file of the same shape.

export const dmlrText = {
  sigma: 'σ',
  sigmaHelp: 'Standard deviation of this step’s noise, in the unit of the noise scale.',
  cosine: 'cos(estimate, gradient)',
  cosineHelp:
    'Cosine of the step’s estimate and the reward’s true gradient; 1: the same way. One sample of REINFORCE is worth a random direction: with 768 numbers about 0.03 off 0. Pairs are worth more.',
  drift: 'moved',
  driftHelp: 'L2 distance of this think token, without the perturbation, from where it started.',
  columns: { unperturbed: 'Un-perturbed R(T)', tries: 'Patch tries kept', sigma: 'Noise σ' },
  /** What is listed on a card, by where the run scores its rows. */
  topTokens: {
    'block-ends': 'The most likely next tokens at the end of this think token’s block (after its patches), in the step’s perturbed pass.',
    latents: 'The most likely next tokens at this think token, in the step’s perturbed pass.',
    'latents-and-end': 'The most likely next tokens at this think token, in the step’s perturbed pass.',
    'first-rows':
      'The most likely next tokens at the row scored for this think token: the first rows of the block, wherever the tokens stand.',
    'first-rows-and-next':
      'The most likely next tokens at the row scored for this think token: the first rows of the block, wherever the tokens stand.',
  },
  attribution: {
    answer: {
      none: 'The thought did not change the answer.',
      'start-patches': 'The patches inserted before the first step changed the answer; moving the think tokens did not.',
      'added-patches': 'Patches taken during the steps changed the answer; moving the think tokens was not needed.',
      latents: 'Moving the think tokens changed the answer; patches were not needed.',
      both: 'The answer changed only with moved think tokens and patches together.',
    },
    reward: (startPatches: string, addedPatches: string, latents: string) =>
      `Of the reward’s change, ${startPatches} comes from the start patches, ${addedPatches} from patches taken later, ${latents} from moving the think tokens.`,
  },
} as const;
