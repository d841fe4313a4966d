// A run's latent steps as its events, and what the answer follows.
import type { StepEvent } from '../../events/events';
import type { ThinkRun, Thought } from '../method';
import { ivtlrControls } from './attribution';
import { controlsOf } from './controls';
import { describeStep, type RunFacts } from './describe';
import { interleave, type LatentPart } from './interleave';
import { latentPlan } from './plan';
import type { IvtlrSettings } from './settings';

/** Yields the start and one event for each step. @throws EngineFault BAD_INPUT as `latentPlan` */
export async function* thinkInterleaved(run: ThinkRun<IvtlrSettings>): AsyncGenerator<StepEvent, Thought, undefined> {
  const { model, context, settings, signal, now } = run;
  const plan = latentPlan(settings, model.info, context);
  const { passes, rows } = model.counts();
  const facts: RunFacts = { model, plan, imageTokens: context.image?.length ?? 0, before: { passes, rows } };
  const startRows = context.length + context.closing.rows.length;
  const steps: LatentPart[] = [];
  let since = now();
  const told = (): StepEvent => {
    const ms = now() - since;
    since = now();
    return describeStep(facts, steps, startRows, ms);
  };

  yield told();
  const patches = run.random('patches');
  const end = yield* interleave(
    model,
    context,
    plan,
    () => patches,
    signal,
    (part) => {
      steps.push(part);
      return told();
    },
  );
  return {
    context: end.context,
    rows: end.rows,
    closing: [],
    reason: end.complete ? 'steps' : 'patches-used-up',
    bestStep: steps.length,
    bestReward: null,
    ...(ivtlrControls(settings).length > 0 ? { controls: () => controlsOf(run, plan, steps) } : {}),
  };
}
