// DMLR, the whole loop (paper, Algorithm 1; exactly as src/README.md writes it down), one event per step.
import { throwIfAborted } from '../../errors';
import { createRandom, normalArray } from '../../math/random';
import type { AbortSignalLike, LatentModel, Prefix } from '../../model/latent-model';
import { THINK_PLACEHOLDER } from '../../prompt/build';
import type { StepEvent } from '../../events/events';
import type { RunSettings } from '../../settings/schema';
import { describeStep, type Best } from './describe';
import { createEvaluator } from './evaluate';
import { latentRows, layoutRows, type PatchLists } from './layout';
import { proposePatches, startingPatches, withPatches } from './patches';
import { buildSuffix } from './suffix';
import { initReinforce, perturb, updateReinforce } from './update';

/** z of step k = 1, 2, …: [latents, hidden size] standard normal numbers, row by row. Called once per step, in order. */
export type NoiseSource = (step: number) => Float32Array;

export interface DmlrOptions {
  readonly signal: AbortSignalLike;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** Default: the generator of `settings.seed`. */
  readonly noise?: NoiseSource;
}

/** What is decoded in the end: always something that was evaluated. */
export interface DmlrResult {
  readonly reason: 'steps' | 'threshold';
  readonly bestStep: number;
  /** Its own reward as evaluated, also where the start was decoded and only zero had to be beaten. */
  readonly bestReward: number;
  /** T_best: [latents, hidden size] */
  readonly latents: Float32Array;
  /** V_best */
  readonly patches: PatchLists;
}

/** [latents, hidden size] T0: the placeholder's embedding, once per latent. */
export async function startingLatents(model: LatentModel, latents: number): Promise<Float32Array> {
  const [id] = model.encode(THINK_PLACEHOLDER, true);
  return model.embed(new Uint32Array(latents).fill(id));
}

/**
 * Runs DMLR after a prefix: yields step 0 (the start) and then every step, returns what to decode.
 * Passes: 2 at the start; per step 1, one per candidate, and one over [T, V] when the unperturbed reward is
 * measured or no latent has a candidate.
 * Stops within one pass of an abort (EngineFault CANCELLED); a reward that is not finite is WRONG_NUMBERS.
 * The prefix stays the caller's to release.
 */
export async function* dmlr(
  model: LatentModel,
  prefix: Prefix,
  settings: RunSettings,
  options: DmlrOptions,
): AsyncGenerator<StepEvent, DmlrResult, undefined> {
  const { signal, now } = options;
  throwIfAborted(signal);
  let begun = now();
  const noise = options.noise ?? seededNoise(settings.seed, settings.latents * model.info.hiddenSize);
  const unit = settings.noiseScale === 'relative' ? model.info.embeddingStd : 1;
  const evaluate = await createEvaluator(model, prefix, settings, signal);
  const start = await startingLatents(model, settings.latents);

  const attention = await readAttention(model, prefix, start, settings, signal);
  let patches: PatchLists = startingPatches(attention, settings.latents, settings.initialPatches, settings);
  const first = await evaluate(start, patches, true);
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
    ms: now() - begun,
  });

  const { rewardThreshold } = settings;
  const finish = (reason: DmlrResult['reason']): DmlrResult => {
    const { step: bestStep, reward, latents } = best;
    return { reason, bestStep, bestReward: bestStep === 0 ? first.reward : reward, latents, patches: best.patches };
  };
  if (startCounts && rewardThreshold !== null && first.reward >= rewardThreshold) return finish('threshold');

  for (let step = 1; step <= settings.steps; step++) {
    throwIfAborted(signal);
    begun = now();
    const z = noise(step);
    const { sigma } = state;
    const evaluation = await evaluate(perturb(state, z, unit), patches, true);
    const updated = updateReinforce(state, z, evaluation.reward, { ...settings, unit });
    state = updated.state;

    const before = patches;
    const candidates: StepEvent['candidates'] = [];
    const consider = (reward: number, kept: PatchLists) => {
      const accepted = reward > best.reward;
      if (accepted) best = { step, reward, latents: state.latents, patches: kept };
      return accepted;
    };
    for (let latent = 0; latent < settings.latents; latent++) {
      const proposed = proposePatches(evaluation.attention, patches, latent, settings.patchesPerStep, settings);
      if (proposed.length === 0) continue;
      const longer = withPatches(patches, latent, proposed);
      const { reward } = await evaluate(state.latents, longer, false);
      const accepted = consider(reward, longer);
      if (accepted) patches = longer;
      candidates.push({ latent, patches: proposed, reward, accepted });
    }
    let unperturbedReward: number | null = null;
    if (candidates.length === 0 || settings.measureUnperturbed) {
      const { reward } = await evaluate(state.latents, patches, false);
      if (candidates.length === 0) consider(reward, patches);
      if (settings.measureUnperturbed) unperturbedReward = reward;
    }
    const { updateNorm } = updated;
    const ms = now() - begun;
    yield describeStep({
      step,
      evaluation,
      best,
      unperturbedReward,
      sigma,
      updateNorm,
      start,
      now: state.latents,
      before,
      patches,
      candidates,
      ms,
    });
    if (rewardThreshold !== null && best.reward >= rewardThreshold) return finish('threshold');
  }
  return finish('steps');
}

function seededNoise(seed: number, length: number): NoiseSource {
  const random = createRandom(seed);
  return () => normalArray(random, length);
}

/** [latents, image tokens] attention of the latents' rows in a pass over them alone; empty without an image. */
async function readAttention(
  model: LatentModel,
  prefix: Prefix,
  latents: Float32Array,
  settings: RunSettings,
  signal: AbortSignalLike,
): Promise<Float32Array> {
  if (prefix.image === null) return new Float32Array(0);
  const rows = layoutRows(
    settings.layout,
    Array.from({ length: settings.latents }, () => []),
  );
  const { hiddenSize } = model.info;
  const { patchPositions } = settings;
  const suffix = buildSuffix(prefix, { rows, latents, tail: new Float32Array(0), hiddenSize, patchPositions });
  const attentionRows = latentRows(rows);
  const [reading] = await model.extend(prefix, [suffix], { logitRows: [rows.length - 1], attentionRows, topK: 1 }, signal);
  return reading.attention;
}
