// What each part of a thought is worth: the same sequence with parts of it left out or replaced by chance.
import { norm } from '../../math/stats';
import { normalArray } from '../../math/random';
import type { ControlRows, ThinkRun } from '../method';
import { DMLR_CONTROLS } from './attribution';
import { decodedRows, type Evaluate, type ThinkBlock } from './evaluate';
import type { PatchLists } from './layout';
import type { DmlrSettings } from './settings';

/** What a thought was made from and what it came to. */
export interface ThoughtParts {
  /** T0 and T_best: [latents, hidden size] */
  readonly start: Float32Array;
  readonly latents: Float32Array;
  /** V before the first step, and V_best. */
  readonly inserted: PatchLists;
  readonly patches: PatchLists;
}

/** The controls of one thought with their rewards, evaluated in packed passes. Draws from the streams `control latents` and `control patches`. */
export async function controlsOf(run: ThinkRun<DmlrSettings>, evaluate: Evaluate, parts: ThoughtParts): Promise<readonly ControlRows[]> {
  const { start, latents, inserted, patches } = parts;
  const none: PatchLists = patches.map(() => []);
  const blocks: Readonly<Record<string, Omit<ThinkBlock, 'details'>>> = {
    start: { latents: start, patches: none },
    'start-patches': { latents: start, patches: inserted },
    patches: { latents: start, patches },
    latents: { latents, patches: none },
    result: { latents, patches },
    'random-latents': { latents: movedAtRandom(run, start, latents), patches },
    'random-patches': { latents, patches: drawnAtRandom(run, patches) },
  };
  const found = await evaluate(DMLR_CONTROLS.map(({ id }) => ({ ...blocks[id], details: false })));
  return DMLR_CONTROLS.map(({ id }, index) => ({
    id,
    rows: decodedRows(run, blocks[id].latents, blocks[id].patches),
    reward: found[index].reward,
  }));
}

/** T0, each latent moved as far as it was, in a random direction. */
function movedAtRandom({ random }: ThinkRun<DmlrSettings>, start: Float32Array, latents: Float32Array): Float32Array {
  const direction = normalArray(random('control latents'), start.length);
  const factor = norm(latents.map((value, i) => value - start[i])) / norm(direction);
  return start.map((value, i) => value + factor * direction[i]);
}

/** As many image tokens for each latent, none twice for one latent, drawn evenly. */
function drawnAtRandom({ context, random }: ThinkRun<DmlrSettings>, patches: PatchLists): PatchLists {
  const numbers = random('control patches');
  const imageTokens = context.image?.length ?? 0;
  return patches.map((list) => {
    const left = Array.from({ length: imageTokens }, (_, i) => i);
    return list.map(() => left.splice(Math.floor(numbers.uniform() * left.length), 1)[0]);
  });
}
