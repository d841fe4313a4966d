// The controls of a thought in words, and which part of it made the difference.
import type { RunEventOf } from '../../events/events';
import type { ControlWords } from '../method';

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
