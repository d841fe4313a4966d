// The controls of the latent steps in words, and what of the steps the answer goes by.
import type { RunEventOf } from '../../events/events';
import type { ControlWords } from '../method';
import type { IvtlrOwnSettings } from './fields';

type Part = 'text' | 'vision' | 'choice';

interface Control extends ControlWords {
  /** Parts that the steps must have for the control to be another sequence than the run's. */
  readonly needs: readonly Part[];
}

const CONTROLS: readonly Control[] = [
  { id: 'result', label: 'The run', help: 'Its own steps, both parts: what the run answered from.', needs: [] },
  { id: 'no-steps', label: 'No latent steps', help: 'The same prompt, answered at once.', needs: [] },
  {
    id: 'no-text',
    label: 'No latent text',
    help: 'The steps taken again without hidden states: image tokens alone.',
    needs: ['text', 'vision'],
  },
  {
    id: 'no-vision',
    label: 'No latent vision',
    help: 'The steps taken again without image tokens: a chain of hidden states.',
    needs: ['text', 'vision'],
  },
  {
    id: 'random-patches',
    label: 'Random patches',
    help: 'The steps taken again with as many image tokens drawn at random.',
    needs: ['choice'],
  },
  {
    id: 'other-picture',
    label: 'Another picture’s hidden states',
    help: 'The run’s image tokens, and hidden states of the same steps over this picture upside down, its colours exchanged: what is asked may be the same there.',
    needs: ['text'],
  },
  {
    id: 'random-words',
    label: 'Random words',
    help: 'The run’s image tokens, and words drawn at random for its hidden states.',
    needs: ['text'],
  },
  {
    id: 'noise',
    label: 'Noise',
    help: 'The run’s image tokens, and normal noise of the same length for its hidden states.',
    needs: ['text'],
  },
];

/** The controls of a run with these settings, in order: those that are another sequence than the run's. */
export function ivtlrControls({
  controls,
  latentSteps,
  textPart,
  visionPart,
  patchChoice,
}: Pick<IvtlrOwnSettings, 'controls' | 'latentSteps' | 'textPart' | 'visionPart' | 'patchChoice'>): readonly ControlWords[] {
  if (!controls || latentSteps === 0 || (!textPart && !visionPart)) return [];
  const parts = new Set<Part>([
    ...(textPart ? (['text'] as const) : []),
    ...(visionPart ? (['vision'] as const) : []),
    ...(visionPart && patchChoice === 'attention' ? (['choice'] as const) : []),
  ]);
  return CONTROLS.filter(({ needs }) => needs.every((need) => parts.has(need)));
}

/** What of the latent steps an answer goes by, told by which controls keep it. */
export interface IvtlrAttribution {
  /** Whether the answer is another than without latent steps. */
  readonly changedBySteps: boolean;
  /** Parts without which, or without whose choice, the answer is another. */
  readonly needs: readonly Part[];
  /** What can stand in the place of the hidden states and leave the answer as it is; null where none was tried. */
  readonly survives: readonly ('other-picture' | 'random-words' | 'noise')[] | null;
}

const REMOVED: readonly (readonly [control: string, part: Part])[] = [
  ['no-text', 'text'],
  ['no-vision', 'vision'],
  ['random-patches', 'choice'],
];
const REPLACED = ['other-picture', 'random-words', 'noise'] as const;

/**
 * Null when the run's own steps or the control without steps are missing.
 * @param said the answer of a control as it is compared
 */
export function attributeIvtlr(
  controls: readonly RunEventOf<'control'>[],
  said: (control: RunEventOf<'control'>) => string,
): IvtlrAttribution | null {
  const of = (id: string) => controls.find(({ control }) => control === id);
  const result = of('result');
  const keeps = (id: string): boolean | null => {
    const control = of(id);
    return control === undefined || result === undefined ? null : said(control) === said(result);
  };
  const without = keeps('no-steps');
  if (without === null) return null;
  const tried = REPLACED.filter((id) => keeps(id) !== null);
  return {
    changedBySteps: !without,
    needs: REMOVED.filter(([id]) => keeps(id) === false).map(([, part]) => part),
    survives: tried.length === 0 ? null : tried.filter((id) => keeps(id) === true),
  };
}
