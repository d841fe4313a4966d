// Interleaved latent steps on the toy model, with what they read.
import { ivtlr } from '../../src/methods/ivtlr/ivtlr';
import { interleave, type Interleaved, type LatentPart } from '../../src/methods/ivtlr/interleave';
import type { LatentPlan } from '../../src/methods/ivtlr/plan';
import type { IvtlrSettings } from '../../src/methods/ivtlr/settings';
import { createRandom } from '../../src/math/random';
import type { AbortSignalLike } from '../../src/model/latent-model';
import { NEVER, readPrompt } from './jobs';
import { toyModel, type ToyModel } from './toy-model';

/** The paper's steps at the toy model's size. */
export const PLAN: LatentPlan = {
  steps: 3,
  patches: 3,
  order: 'release',
  reuse: 'never',
  positions: 'model',
  text: true,
  vision: true,
  choice: 'attention',
};

export const ivtlrSettings = (changes: Partial<IvtlrSettings> = {}): IvtlrSettings => ({ ...ivtlr.space.defaults, ...changes });

/** Takes the steps of a plan to their end. The picture has 4 x 3 image tokens. */
export async function takeSteps(
  changes: Partial<LatentPlan> = {},
  model: ToyModel = toyModel(),
  signal: AbortSignalLike = NEVER,
): Promise<{
  readonly model: ToyModel;
  readonly parts: readonly LatentPart[];
  readonly end: Interleaved;
  readonly prompt: Interleaved['context'];
}> {
  const prompt = await readPrompt(model);
  const numbers = createRandom(3);
  const parts: LatentPart[] = [];
  const steps = interleave(
    model,
    prompt,
    { ...PLAN, ...changes },
    () => numbers,
    signal,
    (part) => parts.push(part),
  );
  let next = await steps.next();
  while (!next.done) next = await steps.next();
  return { model, parts, end: next.value, prompt };
}
