// The loop of DMLR (paper, Algorithm 1; exactly as src/README.md writes it down), one event per step.
import { throwIfAborted } from '../../errors';
import type { StepEvent } from '../../events/events';
import { normalArray } from '../../math/random';
import type { LatentModel, Row } from '../../model/latent-model';
import type { ThinkRun, Thought } from '../method';
import { describeStep, type Best } from './describe';
import type { DmlrCandidate } from './detail';
import { createEvaluator, type Evaluation } from './evaluate';
import { latentRows, layoutRows, modelRows, type PatchLists } from './layout';
import { proposePatches, startingPatches, withPatches } from './patches';
import type { DmlrSettings } from './settings';
import { initReinforce, perturb, updateReinforce } from './update';

/** The think block before anything is optimised: the think token, once per latent. */
export function startingRows(model: LatentModel, latents: number): Row[] {
  return Array.from({ length: latents }, () => ({ kind: 'token', id: model.info.thinkToken.id }));
}

/**
 * Runs DMLR after a prompt: yields step 0 (the start) and then every step, returns what to decode: always something that was
 * evaluated. Where the model packs, all candidates of a step, R(S(T, V)) and the next step's perturbation are evaluated in one pass
 * on the assumption that no candidate is accepted; an acceptance evaluates anew what comes after it. The decisions are those of one
 * evaluation after the other. Passes: 2 at the start and 1 for the first perturbation, then 1 a step and 1 more for every
 * acceptance; where the model does not pack, per step 1, one per candidate, and one over [T, V] when the unperturbed reward is
 * measured or no latent has a candidate.
 * Stops within one pass of an abort (EngineFault CANCELLED); a reward that is not finite is WRONG_NUMBERS.
 */
export async function* optimise(run: ThinkRun<DmlrSettings>): AsyncGenerator<StepEvent, Thought, undefined> {
  const { model, context, settings, signal } = run;
  throwIfAborted(signal);
  let begun = run.now();
  const random = run.random('latent noise');
  const unit = settings.noiseScale === 'relative' ? model.info.embeddingStd : 1;
  const evaluate = createEvaluator(run);
  const start = await model.embed(new Uint32Array(settings.latents).fill(model.info.thinkToken.id));
  const size = settings.latents * model.info.hiddenSize;
  const { packs } = model.info;

  const attention = await readAttention(run, start);
  let patches: PatchLists = startingPatches(attention, settings.latents, settings.initialPatches, settings);
  const [first] = await evaluate([{ latents: start, patches, details: true }]);
  // With 'zero' the start is no candidate: anything above 0 replaces it, and it cannot reach a threshold.
  const startCounts = settings.startingReward === 'unperturbed';
  let best: Best = { step: 0, reward: startCounts ? first.reward : 0, latents: start, patches };
  let state = initReinforce(start, settings.sigma);
  yield describeStep({
    step: 0,
    evaluation: { ...first, attention },
    best,
    unperturbedReward: settings.measureUnperturbed ? first.reward : null,
    sigma: 0,
    updateNorm: 0,
    start,
    now: start,
    before: patches.map(() => []),
    patches,
    candidates: [],
    ms: run.now() - begun,
  });

  const { rewardThreshold } = settings;
  const finish = (reason: string): Thought => {
    const rows = modelRows(layoutRows(settings.layout, best.patches), best.latents, settings.patchPositions);
    const bestReward = best.step === 0 ? first.reward : best.reward;
    return { context, rows, reason, bestStep: best.step, bestReward };
  };
  if (startCounts && rewardThreshold !== null && first.reward >= rewardThreshold) return finish('threshold');

  /** z of the step to come, and its evaluation where that has been made already. */
  let z = settings.steps > 0 ? normalArray(random, size) : new Float32Array();
  let ahead: Evaluation | null = null;

  for (let step = 1; step <= settings.steps; step++) {
    throwIfAborted(signal);
    begun = run.now();
    const { sigma } = state;
    const evaluation: Evaluation = ahead ?? (await evaluate([{ latents: perturb(state, z, unit), patches, details: true }]))[0];
    ahead = null;
    const updated = updateReinforce(state, z, evaluation.reward, { ...settings, unit });
    state = updated.state;
    if (step < settings.steps) z = normalArray(random, size);

    const before = patches;
    const { latents } = state;
    const candidates: DmlrCandidate[] = [];
    let unperturbed: number | null = null;
    for (let from = 0, over = false; !over;) {
      const open = propose(evaluation, patches, from, settings);
      const batch = packs ? open : open.slice(0, 1);
      // Beside the last candidates, as if none of them were accepted; without packing after all of them.
      over = packs || open.length === 0;
      const measures = over && (settings.measureUnperturbed || candidates.length + open.length === 0);
      const looksAhead = over && packs && step < settings.steps;
      const found = await evaluate([
        ...batch.map(({ longer }) => ({ latents, patches: longer, details: false })),
        ...(measures ? [{ latents, patches, details: false }] : []),
        ...(looksAhead ? [{ latents: perturb(state, z, unit), patches, details: true }] : []),
      ]);
      const hit = batch.findIndex((_, index) => found[index].reward > best.reward);
      for (const [index, { latent, patches: tried }] of batch.slice(0, hit < 0 ? batch.length : hit + 1).entries()) {
        candidates.push({ latent, patches: [...tried], reward: found[index].reward, accepted: index === hit });
        from = latent + 1;
      }
      if (hit >= 0) {
        // What was evaluated without the accepted patches counts for nothing.
        patches = batch[hit].longer;
        best = { step, reward: found[hit].reward, latents, patches };
        over = false;
        continue;
      }
      if (measures) unperturbed = found[batch.length].reward;
      if (looksAhead) ahead = found[found.length - 1];
    }
    if (candidates.length === 0 && unperturbed !== null && unperturbed > best.reward)
      best = { step, reward: unperturbed, latents, patches };
    yield describeStep({
      step,
      evaluation,
      best,
      unperturbedReward: settings.measureUnperturbed ? unperturbed : null,
      sigma,
      updateNorm: updated.updateNorm,
      start,
      now: state.latents,
      before,
      patches,
      candidates,
      ms: run.now() - begun,
    });
    if (rewardThreshold !== null && best.reward >= rewardThreshold) return finish('threshold');
  }
  return finish('steps');
}

interface Proposal {
  readonly latent: number;
  /** Image tokens that would be added. */
  readonly patches: readonly number[];
  /** V with them. */
  readonly longer: PatchLists;
}

/** The candidates of latents `from` and after, each as if none before it were accepted; latents without a candidate are passed over. */
function propose({ attention }: Evaluation, patches: PatchLists, from: number, settings: DmlrSettings): Proposal[] {
  const proposals: Proposal[] = [];
  for (let latent = from; latent < settings.latents; latent++) {
    const proposed = proposePatches(attention, patches, latent, settings.patchesPerStep, settings);
    if (proposed.length > 0) proposals.push({ latent, patches: proposed, longer: withPatches(patches, latent, proposed) });
  }
  return proposals;
}

/** [latents, image tokens] attention of the latents' rows in a pass over them alone; empty without an image. */
async function readAttention({ model, context, settings, signal }: ThinkRun<DmlrSettings>, latents: Float32Array): Promise<Float32Array> {
  if (context.image === null) return new Float32Array(0);
  const rows = layoutRows(
    settings.layout,
    Array.from({ length: settings.latents }, () => []),
  );
  const candidate = {
    rows: modelRows(rows, latents, settings.patchPositions),
    logitRows: [rows.length - 1],
    attentionRows: latentRows(rows),
  };
  const [reading] = await model.forward(context, [candidate], { topK: 1 }, signal);
  return reading.attention;
}
