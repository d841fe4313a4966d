// Where inserted patches come from: a score for every image token and latent, of which the highest are proposed.
import { fault } from '../../errors';
import { MOST } from '../../events/bounds';
import type { ThinkRun } from '../method';
import { readAttention } from './attention';
import type { Evaluate } from './evaluate';
import type { PatchLists } from './layout';
import { spreadOver, startingPatches, withPatches } from './patches';
import type { DmlrSettings } from './settings';

export interface PatchSource {
  /** V before the first step, and the attention of the latents' rows in a pass over them alone: [latents, image tokens], empty without an image. */
  start(latents: Float32Array): Promise<{ readonly attention: Float32Array; readonly patches: PatchLists }>;
  /**
   * [latents, image tokens] scores of one step, the highest proposed first; empty where nothing is to be proposed. Called once a step.
   * @param attention [latents, image tokens] attention of the latents' rows
   * @param latents [latents, hidden size] T after the step's update
   */
  scores(attention: Float32Array, latents: Float32Array, patches: PatchLists): Promise<Float32Array>;
}

const NOTHING = new Float32Array(0);

/** Makes the source of one run. Throws BAD_INPUT when the objects asked about are wanted and not known, or the image has too many tokens to insert. */
export function createPatchSource(run: ThinkRun<DmlrSettings>, evaluate: Evaluate): PatchSource {
  const { context, settings, focus } = run;
  const { latents: count, patchSource } = settings;
  const imageTokens = context.image?.length ?? 0;
  if (patchSource === 'objects' && focus === null && imageTokens > 0) {
    throw fault(
      'BAD_INPUT',
      'What this question is about is not marked in the picture, so the patches of these objects cannot be inserted.',
      'Ask a sample picture or a drawn scene one of its own questions, or let patches come from attention (setting patchSource).',
    );
  }
  if (patchSource === 'all' && imageTokens > MOST.patchesPerLatent * count) {
    throw fault(
      'BAD_INPUT',
      `The image has ${imageTokens} image tokens; at most ${MOST.patchesPerLatent} can go after each of the ${count} think tokens.`,
      'Lower maxPixels, use more think tokens, or choose another patchSource.',
    );
  }
  const chance = patchSource === 'random' ? run.random('random patches') : null;

  const scores: PatchSource['scores'] = async (attention, latents, patches) => {
    switch (patchSource) {
      case 'attention':
        return attention;
      case 'random':
        return Float32Array.from({ length: count * imageTokens }, () => chance?.uniform() ?? 0);
      case 'objects':
        return objectScores(attention, new Set(focus), imageTokens);
      case 'reward':
        return rewardScores(evaluate, latents, patches, imageTokens);
      case 'all':
      case 'none':
        return NOTHING;
    }
  };
  return {
    scores,
    async start(latents) {
      const attention = await readAttention(run, latents);
      const none: PatchLists = Array.from({ length: count }, () => []);
      if (patchSource === 'all') return { attention, patches: spreadOver(imageTokens, count) };
      return { attention, patches: startingPatches(await scores(attention, latents, none), none, settings) };
    },
  };
}

/** Attention, of the tokens in `focus` alone: tokens elsewhere score below all of them, and `proposePatches` passes over -Infinity. */
function objectScores(attention: Float32Array, focus: ReadonlySet<number>, imageTokens: number): Float32Array {
  return attention.map((value, i) => (focus.has(i % imageTokens) ? value : -Infinity));
}

/** R of the think block with each image token appended to each latent alone; a token that a latent has already scores -Infinity. */
async function rewardScores(evaluate: Evaluate, latents: Float32Array, patches: PatchLists, imageTokens: number): Promise<Float32Array> {
  const tried = patches.flatMap((list, latent) =>
    Array.from({ length: imageTokens }, (_, patch) => ({ latent, patch })).filter(({ patch }) => !list.includes(patch)),
  );
  const found = await evaluate(
    tried.map(({ latent, patch }) => ({ latents, patches: withPatches(patches, latent, [patch]), details: false })),
  );
  const scores = new Float32Array(patches.length * imageTokens).fill(-Infinity);
  for (const [index, { latent, patch }] of tried.entries()) scores[latent * imageTokens + patch] = found[index].reward;
  return scores;
}
