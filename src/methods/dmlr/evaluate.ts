// One pass over a think block: its reward, and what the page shows about it.
import { cancelled, fault } from '../../errors';
import { mean } from '../../math/stats';
import type { AbortSignalLike, LatentModel, Prefix, Reading } from '../../model/latent-model';
import type { LatentStep } from '../../events/events';
import type { RunSettings } from '../../settings/schema';
import { latentRows, layoutRows, scoredRows, type PatchLists } from './layout';
import { rewardOf, rowProbabilities, topProbabilityOf } from './reward';
import { buildSuffix, tailEmbeddings } from './suffix';

/** How many of the tokens a latent would say are kept for the page. */
const SHOWN_TOKENS = 8;

export interface Evaluation {
  readonly reward: number;
  /** Mean true entropy over the scored rows, nats. */
  readonly entropy: number;
  /** Mean largest probability over the scored rows. */
  readonly topProbability: number;
  /** [latents, image tokens]; empty unless `details` were asked for. */
  readonly attention: Float32Array;
  /** What each latent's scored row would say; empty unless `details` were asked for. */
  readonly topTokens: readonly LatentStep['topTokens'][];
}

/** Evaluates [T, V] in one pass. `details` also reads attention and top tokens. */
export type Evaluate = (latents: Float32Array, patches: PatchLists, details: boolean) => Promise<Evaluation>;

/**
 * Makes the evaluator of one run. Each call is one pass of the model.
 * The evaluator throws EngineFault WRONG_NUMBERS when the reward is not finite, CANCELLED after an abort.
 */
export async function createEvaluator(
  model: LatentModel,
  prefix: Prefix,
  settings: RunSettings,
  signal: AbortSignalLike,
): Promise<Evaluate> {
  const { hiddenSize } = model.info;
  const tail = settings.scoredRows === 'latents-and-end' ? (await tailEmbeddings(model)).subarray(0, hiddenSize) : new Float32Array(0);

  return async (latents, patches, details) => {
    if (signal.aborted) throw cancelled();
    const rows = layoutRows(settings.layout, patches);
    const suffix = buildSuffix(prefix, { rows, latents, tail, hiddenSize, patchPositions: settings.patchPositions });
    const [reading] = await model.extend(
      prefix,
      [suffix],
      {
        logitRows: scoredRows(settings.scoredRows, settings.layout, rows),
        attentionRows: details && prefix.image !== null ? latentRows(rows) : [],
        topK: details ? Math.max(settings.topK, SHOWN_TOKENS) : settings.topK,
      },
      signal,
    );
    const reward = rewardOf(reading, settings.rewardForm, settings.topK);
    if (!Number.isFinite(reward)) throw wrongNumbers('reward');
    return {
      reward,
      entropy: mean(reading.entropy),
      topProbability: topProbabilityOf(reading),
      attention: reading.attention,
      topTokens: details ? patches.map((_, latent) => tokensAt(model, reading, latent)) : [],
    };
  };
}

/** The fault of a number that is not finite; `what` names it. */
export function wrongNumbers(what: string) {
  return fault(
    'WRONG_NUMBERS',
    `The model gave a number that is not finite (${what}).`,
    "Run again with another device or precision; a smaller noise also helps when it is far from the embeddings' scale.",
    { retry: true },
  );
}

function tokensAt(model: LatentModel, reading: Reading, row: number): LatentStep['topTokens'] {
  const width = reading.topIds.length / reading.logSumExp.length;
  return rowProbabilities(reading, SHOWN_TOKENS)[row].map((probability, rank) => {
    const id = reading.topIds[row * width + rank];
    return { id, text: model.tokenText(id), probability };
  });
}
