// The loop of DMLR (paper, Algorithm 1; exactly as src/README.md writes it down), one event per step.
import { throwIfAborted } from '../../errors';
import type { StepEvent } from '../../events/events';
import { mean } from '../../math/stats';
import type { ThinkRun, Thought } from '../method';
import type { DmlrCandidate } from './detail';
import type { Evaluation } from './evaluate';
import { cosine } from './gradient';
import type { PatchLists } from './layout';
import { createPatchSource } from './patch-source';
import { proposePatches, withPatches } from './patches';
import type { DmlrSettings } from './settings';
import { endThinking, firstBest, openThinking } from './thinking';
import { drawPerturbations, followGradient, initLatents, perturb, updateLatents, type LatentsState, type Perturbation } from './update';

/** Whether a step tries the paper's one perturbation: then that pass is also the one whose attention proposes patches. */
const triesOne = ({ samples, antithetic, exactGradient }: DmlrSettings): boolean => samples === 1 && !antithetic && !exactGradient;

/** Up to this many evaluations, the next step's perturbations go along with this step's candidates, at the risk of being made again. */
const LOOK_AHEAD = 8;

/**
 * Runs DMLR after a prompt: yields step 0 (the start) and then every step, returns what to decode: always something that was
 * evaluated. Where the model packs, all candidates of a step, R(S(T, V)) and (up to 8 of) the next step's perturbations are evaluated
 * in one pass on the assumption that no candidate is accepted; an acceptance evaluates anew what comes after it. The decisions are
 * those of one evaluation after the other. Passes: 2 at the start and 1 for the first perturbations, then 1 a step and 1 more for
 * every acceptance; where the model does not pack, one for every evaluation. With `exactGradient` there are no perturbations: 2 passes at
 * the start, then 1 forward and back a step beside the others; `measureCosine` adds that one too.
 * Stops within one pass of an abort (EngineFault CANCELLED); a reward that is not finite is WRONG_NUMBERS.
 */
export async function* optimise(run: ThinkRun<DmlrSettings>): AsyncGenerator<StepEvent, Thought, undefined> {
  const { model, settings, signal } = run;
  throwIfAborted(signal);
  let begun = run.now();
  const thinking = await openThinking(run);
  const { random, unit, evaluate, gradientAt, start, describe } = thinking;
  const exact = settings.exactGradient;
  const source = createPatchSource(run, evaluate);
  const { packs } = model.info;
  const one = triesOne(settings);

  const { attention, patches: inserted } = await source.start(start);
  let patches = inserted;
  const [first] = await evaluate([{ latents: start, patches, details: true }]);
  let best = firstBest(thinking, first, patches, settings);
  let state = initLatents(start, exact ? 1 : settings.sigma);
  yield describe({
    step: 0,
    evaluation: { ...first, attention },
    best,
    unperturbedReward: settings.measureUnperturbed ? first.reward : null,
    sigma: 0,
    updateNorm: 0,
    rewards: [],
    start,
    now: start,
    before: patches.map(() => []),
    patches,
    candidates: [],
    ms: run.now() - begun,
  });

  const { rewardThreshold } = settings;
  const finish = (reason: string): Thought => endThinking(run, thinking, best, first, inserted, reason);
  // A start that is no candidate cannot reach a threshold.
  const startCounts = settings.startingReward === 'unperturbed';
  if (startCounts && rewardThreshold !== null && first.reward >= rewardThreshold) return finish('threshold');

  const draw = (): Perturbation[] => (exact ? [] : drawPerturbations(random, start.length, settings));
  const blocks = (of: LatentsState, tried: readonly Perturbation[]) =>
    tried.map((perturbation) => ({ latents: perturb(of, perturbation, unit), patches, details: one }));
  /** What the step to come tries, and its evaluations where they have been made already. */
  let perturbations = settings.steps > 0 ? draw() : [];
  let ahead: readonly Evaluation[] | null = null;
  /** [T, V] as they are, without noise: measured for the chart, and read by whatever needs more than the paper's one perturbation. */
  let current: Evaluation | null = first;
  const needsCurrent = !one || settings.latentsCompete || settings.rewardBaseline === 'current' || settings.sigmaAdaptation === 'success';

  for (let step = 1; step <= settings.steps; step++) {
    throwIfAborted(signal);
    begun = run.now();
    const sigma = exact ? 0 : state.sigma;
    const gradient = gradientAt === null ? null : await gradientAt({ latents: state.latents, patches });
    const evaluations: readonly Evaluation[] =
      exact && current !== null ? [current] : (ahead ?? (await evaluate(blocks(state, perturbations))));
    ahead = null;
    const rewards = evaluations.map(({ reward }) => reward);
    const rule = { ...settings, unit };
    const estimated = exact ? null : updateLatents(state, perturbations, rewards, current?.reward ?? null, rule);
    const updated = estimated ?? followGradient(state, gradient as Float64Array, rule);
    state = updated.state;
    if (step < settings.steps) perturbations = draw();
    const guide: Evaluation = one || current === null ? evaluations[0] : current;

    const before = patches;
    const { latents } = state;
    const candidates: DmlrCandidate[] = [];
    const scored = await source.scores(guide.attention, latents, patches);
    current = null;
    for (let from = 0, over = false; !over;) {
      const open = propose(scored, patches, from, settings);
      const batch = packs ? open : open.slice(0, 1);
      // Beside the last candidates, as if none of them were accepted; without packing after all of them.
      over = packs || open.length === 0;
      const measures = over && (settings.measureUnperturbed || needsCurrent || candidates.length + open.length === 0);
      const looksAhead = over && packs && step < settings.steps && perturbations.length <= LOOK_AHEAD;
      const found = await evaluate([
        ...batch.map(({ longer }) => ({ latents, patches: longer, details: false })),
        ...(measures ? [{ latents, patches, details: !one }] : []),
        ...(looksAhead ? blocks(state, perturbations) : []),
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
      if (measures) current = found[batch.length];
      if (looksAhead) ahead = found.slice(-perturbations.length);
    }
    const competes = candidates.length === 0 || settings.latentsCompete;
    if (competes && current !== null && current.reward > best.reward) best = { step, reward: current.reward, latents, patches };
    yield describe({
      step,
      evaluation: {
        ...guide,
        reward: mean(rewards),
        entropy: meanOf(evaluations, 'entropy'),
        topProbability: meanOf(evaluations, 'topProbability'),
      },
      best,
      unperturbedReward: settings.measureUnperturbed ? (current?.reward ?? null) : null,
      sigma,
      updateNorm: updated.updateNorm,
      rewards: one || exact ? [] : rewards,
      ...(estimated !== null && gradient !== null ? { cosine: cosine(estimated.estimate, gradient) } : {}),
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
function propose(scores: Float32Array, patches: PatchLists, from: number, settings: DmlrSettings): Proposal[] {
  const proposals: Proposal[] = [];
  for (let latent = from; latent < settings.latents; latent++) {
    const proposed = proposePatches(scores, patches, latent, settings.patchesPerStep, settings);
    if (proposed.length > 0) proposals.push({ latent, patches: proposed, longer: withPatches(patches, latent, proposed) });
  }
  return proposals;
}

function meanOf(evaluations: readonly Evaluation[], what: 'entropy' | 'topProbability'): number {
  return mean(evaluations.map((evaluation) => evaluation[what]));
}
