// Runs of the DMLR loop on the toy model, with what they cost and what they decode.
import { dmlrDetail, type DmlrDetail } from '../../src/methods/dmlr/detail';
import { optimise as think } from '../../src/methods/dmlr/optimise';
import { optimiseAsReleased } from '../../src/methods/dmlr/release';
import { rewardOf } from '../../src/methods/dmlr/reward';
import type { DmlrSettings } from '../../src/methods/dmlr/settings';
import type { StepEvent } from '../../src/events/events';
import type { ThinkRun, Thought } from '../../src/methods/method';
import type { LatentModel } from '../../src/model/latent-model';
import { NEVER, readPrompt, settingsWith, thinkRun } from './jobs';
import { toyModel, type ToyModel } from './toy-model';

/** A step with the detail that every step of DMLR has. */
export type DmlrStep = Omit<StepEvent, 'detail'> & { readonly detail: DmlrDetail };

/** Runs the loop to its end. */
export async function optimise(
  changes: Partial<DmlrSettings> = {},
  run: Partial<ThinkRun<DmlrSettings>> = {},
  withImage = true,
  model: ToyModel = toyModel(),
) {
  const context = run.context ?? (await (withImage ? readPrompt(model) : readPrompt(model, null)));
  const settings = settingsWith(changes);
  const before = model.counts().passes;
  const thinking = (settings.algorithm === 'release' ? optimiseAsReleased : think)(thinkRun(model, context, settings, run));
  const steps: DmlrStep[] = [];
  let result: Thought;
  for (;;) {
    const next = await thinking.next();
    if (next.done) {
      result = next.value;
      break;
    }
    steps.push({ ...next.value, detail: dmlrDetail(next.value) as DmlrDetail });
  }
  return { model, context, settings, steps, result, passes: model.counts().passes - before };
}

/** The reward of rows that are decoded, evaluated alone: the last row of each latent's block is scored. */
export async function rewardOfRows(
  model: LatentModel,
  { context, rows }: Thought,
  rewardForm: DmlrSettings['rewardForm'],
): Promise<number> {
  const latents = rows.flatMap((row, index) => (row.kind === 'image' ? [] : [index]));
  const logitRows = latents.map((_, i) => (latents[i + 1] ?? rows.length) - 1);
  const [reading] = await model.forward(context, [{ rows, logitRows }], { topK: 10 }, NEVER);
  return rewardOf(reading, rewardForm, 10);
}
