// What the latent steps of a run are: its settings, what the model was trained with where they are open, and what cannot be.
import { fault } from '../../errors';
import { type InterleavedLatent, MOST_STEP_PATCHES } from '../../model/interleaved-latent';
import type { Context, ModelInfo } from '../../model/latent-model';
import type { IvtlrOwnSettings } from './fields';

/** The released code's numbers, for a model that was not trained for latent steps. Positions are the model's own: any other would be new to it. */
export const RELEASED: InterleavedLatent = { steps: 3, patches: 32, order: 'release', reuse: 'never', positions: 'model' };

/** Steps with every choice made. */
export interface LatentPlan extends InterleavedLatent {
  readonly text: boolean;
  readonly vision: boolean;
  readonly choice: IvtlrOwnSettings['patchChoice'];
}

type Trained = Pick<ModelInfo, 'interleavedLatent'>;

/** Positions of the prompt's rows. */
export function positionsOf({ positions }: Pick<IvtlrOwnSettings, 'positions'>, { interleavedLatent = RELEASED }: Trained) {
  return positions === 'trained' ? interleavedLatent.positions : positions;
}

/** Steps that are taken at most; 0 where neither part of a step is wanted. */
export function stepsOf(
  { latentSteps, textPart, visionPart }: Pick<IvtlrOwnSettings, 'latentSteps' | 'textPart' | 'visionPart'>,
  { interleavedLatent = RELEASED }: Trained,
): number {
  return textPart || visionPart ? (latentSteps ?? interleavedLatent.steps) : 0;
}

/**
 * The steps of a run after a prompt.
 * @throws EngineFault BAD_INPUT for image tokens to be inserted without a picture, more of them than the picture has, or a sequence that the
 * model's length does not hold
 */
export function latentPlan(
  settings: IvtlrOwnSettings,
  info: Pick<ModelInfo, 'interleavedLatent' | 'maxLength'>,
  context: Pick<Context, 'image' | 'length' | 'closing'>,
): LatentPlan {
  const trained = info.interleavedLatent;
  const open = trained ?? RELEASED;
  const steps = stepsOf(settings, info);
  const imageTokens = context.image?.length ?? 0;
  const vision = settings.visionPart && (settings.patches !== null || settings.patchChoice === 'all' || open.patches > 0);
  if (steps > 0 && vision && imageTokens === 0) {
    throw fault(
      'BAD_INPUT',
      'Latent steps insert image tokens again, and this prompt has no picture.',
      'Give a picture, or set visionPart to false.',
    );
  }
  const patches = vision ? patchesOf(settings, trained, imageTokens) : 0;
  const plan: LatentPlan = {
    steps,
    patches,
    order: settings.order === 'trained' ? open.order : settings.order,
    reuse: settings.reuse === 'trained' ? open.reuse : settings.reuse,
    positions: positionsOf(settings, info),
    text: settings.textPart,
    vision,
    choice: settings.patchChoice,
  };
  const length = context.length + context.closing.rows.length + steps * ((plan.text ? 1 : 0) + patches);
  if (length >= info.maxLength) {
    throw fault(
      'BAD_INPUT',
      `Prompt and ${steps} latent steps of ${patches} patches have up to ${length} rows; this model has ${info.maxLength}, which leaves no room for an answer.`,
      'Use a smaller picture, fewer latent steps or fewer patches a step.',
    );
  }
  return plan;
}

function patchesOf({ patches, patchChoice }: IvtlrOwnSettings, trained: InterleavedLatent | undefined, imageTokens: number): number {
  if (patchChoice === 'all') {
    if (imageTokens <= MOST_STEP_PATCHES) return imageTokens;
    throw fault(
      'BAD_INPUT',
      `A step can insert at most ${MOST_STEP_PATCHES} image tokens; this picture has ${imageTokens}.`,
      'Lower maxPixels, or set patchChoice to attention.',
    );
  }
  if (patches === null) {
    return trained ? Math.min(trained.patches, imageTokens) : Math.max(1, Math.min(RELEASED.patches, Math.floor(imageTokens / 3)));
  }
  if (patches <= imageTokens) return patches;
  throw fault(
    'BAD_INPUT',
    `Each step should insert ${patches} patches, and this picture has ${imageTokens} image tokens.`,
    `Set patches to ${imageTokens} or less, or use a larger picture.`,
  );
}
