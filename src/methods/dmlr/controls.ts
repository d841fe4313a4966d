// What each part of a thought is worth: the same sequence with parts of it left out or replaced by chance, and which part made the difference.
import type { RunEventOf } from '../../events/events';
import { norm } from '../../math/stats';
import { normalArray } from '../../math/random';
import type { ControlRows, ControlWords, ThinkRun } from '../method';
import { decodedRows, type Evaluate, type ThinkBlock } from './evaluate';
import type { PatchLists } from './layout';
import type { DmlrSettings } from './settings';

/** Every control, in the order in which a thought comes about. */
export const DMLR_CONTROLS: readonly ControlWords[] = [
  { id: 'start', label: 'Nothing', help: 'Think tokens at their start, no patches.' },
  { id: 'start-patches', label: 'Start patches', help: 'Think tokens at their start, with the patches inserted before the first step.' },
  { id: 'patches', label: 'All patches', help: 'Think tokens at their start, with all patches of the best step.' },
  { id: 'latents', label: 'Moved think tokens', help: 'Think tokens as moved, no patches.' },
  { id: 'result', label: 'Both: the run', help: 'Think tokens as moved, with all patches: what the run answered from.' },
  {
    id: 'random-latents',
    label: 'Think tokens moved at random',
    help: 'All patches, and think tokens moved as far in a random direction: whether the direction matters.',
  },
  {
    id: 'random-patches',
    label: 'Random patches',
    help: 'Think tokens as moved, and as many patches drawn at random: whether the choice matters.',
  },
];

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

/** Which part of a thought its answer and its reward come from. */
export interface Attribution {
  /** What changed the answer from that of the untouched start: the first part after which it is the run's; `none`: it did not change. */
  readonly answer: 'none' | 'start-patches' | 'added-patches' | 'latents' | 'both';
  /** Parts of the reward's gain; they add up to it. */
  readonly reward: { readonly startPatches: number; readonly addedPatches: number; readonly latents: number };
}

/**
 * Attributes answer and reward by the controls of a run; null when one that is needed is missing.
 * @param said the answer of a control as it is compared
 */
export function attribute(
  controls: readonly RunEventOf<'control'>[],
  said: (control: RunEventOf<'control'>) => string,
): Attribution | null {
  const of = (id: string) => controls.find((one) => one.control === id);
  const [start, inserted, patches, latents, result] = [of('start'), of('start-patches'), of('patches'), of('latents'), of('result')];
  if (!start || !inserted || !patches || !latents || !result) return null;
  const is = (control: RunEventOf<'control'>): boolean => said(control) === said(result);
  const answer = is(start)
    ? 'none'
    : is(inserted) && is(patches)
      ? 'start-patches'
      : is(patches)
        ? 'added-patches'
        : is(latents)
          ? 'latents'
          : 'both';
  const r = (control: RunEventOf<'control'>): number => control.reward ?? NaN;
  return {
    answer,
    reward: { startPatches: r(inserted) - r(start), addedPatches: r(patches) - r(inserted), latents: r(result) - r(patches) },
  };
}
