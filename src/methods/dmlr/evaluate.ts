// Think blocks read after the prompt: their rewards, and what the page shows about them.
import { notFinite } from '../../errors';
import { mean } from '../../math/stats';
import type { Candidate, Context, LatentModel, Reading, Row } from '../../model/latent-model';
import type { LatentStep } from '../../events/events';
import type { ThinkRun } from '../method';
import { chosenAttention, wantedAttention } from './attention';
import { latentRows, layoutRows, modelRows, overwritten, scoredRows, type PatchLists, type ThinkRow } from './layout';
import { rewardOf, rowProbabilities, topProbabilityOf } from './reward';
import type { DmlrSettings } from './settings';

/** How many of the tokens a latent would say are kept for the page. */
const SHOWN_TOKENS = 8;

/** What is evaluated: [T, V]. */
export interface ThinkBlock {
  /** T: [latents, hidden size] */
  readonly latents: Float32Array;
  /** V */
  readonly patches: PatchLists;
  /** Whether attention and top tokens are read too. */
  readonly details: boolean;
}

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

/** Evaluates blocks, each as if it alone followed the prompt; in one pass where the model packs. */
export type Evaluate = (blocks: readonly ThinkBlock[]) => Promise<Evaluation[]>;

/**
 * Makes the evaluator of one run. `reader` is the context that the reward's passes follow: the prompt's, or one that has not read the image.
 * It rejects with EngineFault WRONG_NUMBERS when a reward is not finite, CANCELLED after an abort. Throws BAD_INPUT for a layer or head that
 * the model does not have.
 */
export function createEvaluator({ model, context, settings, signal }: ThinkRun<DmlrSettings>, reader: Context): Evaluate {
  const attentionWanted = wantedAttention(settings, model.info);
  const candidateOf = (block: ThinkBlock): Candidate => {
    const { rows, scored, thought } = blockRows({ context, settings }, reader, block);
    return { rows, logitRows: scored, attentionRows: block.details && context.image !== null ? latentRows(thought) : [] };
  };

  return async (blocks) => {
    if (blocks.length === 0) return [];
    const details = blocks.some((block) => block.details);
    const want = { topK: details ? Math.max(settings.topK, SHOWN_TOKENS) : settings.topK, ...attentionWanted };
    const readings = await model.forward(reader, blocks.map(candidateOf), want, signal);
    return readings.map((reading, index) => {
      const reward = rewardOf(reading, settings.rewardForm, settings.topK);
      if (!Number.isFinite(reward)) throw notFinite('reward');
      return {
        reward,
        entropy: mean(reading.entropy),
        topProbability: topProbabilityOf(reading),
        attention: chosenAttention(reading.attention, settings, model.info),
        topTokens: blocks[index].details ? blocks[index].patches.map((_, latent) => tokensAt(model, reading, latent)) : [],
      };
    });
  };
}

/** A think block as rows that follow `reader`: which of them are scored, its rows in the layout, and what is written over them. */
export function blockRows(
  { context, settings }: Pick<ThinkRun<DmlrSettings>, 'context' | 'settings'>,
  reader: Context,
  { latents, patches }: Pick<ThinkBlock, 'latents' | 'patches'>,
): {
  readonly rows: readonly Row[];
  readonly scored: readonly number[];
  readonly thought: readonly ThinkRow[];
  readonly written: readonly ThinkRow[];
} {
  const thought = layoutRows(settings.layout, patches);
  const scored = scoredRows(settings.scoredRows, settings.layout, thought);
  const written = settings.latentsOverwrite ? overwritten(thought) : thought;
  const style = { ...settings, image: context.image, seesImage: reader === context };
  const end = scored.includes(thought.length) ? context.closing.rows.slice(0, 1) : [];
  return { rows: [...modelRows(written, latents, style), ...end], scored, thought, written };
}

/** The context that the reward's passes follow (`rewardSees`). */
export function rewardContext({ context, settings, reread }: ThinkRun<DmlrSettings>): Context | Promise<Context> {
  return settings.rewardSees === 'image' || context.image === null
    ? context
    : reread({ positions: settings.positions, image: 'placeholders' });
}

/** The rows after which the answer is decoded. */
export function decodedRows({ context, settings }: ThinkRun<DmlrSettings>, latents: Float32Array, patches: PatchLists): Row[] {
  const rows = layoutRows(settings.layout, settings.answerPatches ? patches : patches.map(() => []));
  const style = { ...settings, image: context.image, seesImage: true };
  return modelRows(settings.latentsOverwrite ? overwritten(rows) : rows, latents, style);
}

function tokensAt(model: LatentModel, reading: Reading, row: number): LatentStep['topTokens'] {
  const width = reading.topIds.length / reading.logSumExp.length;
  return rowProbabilities(reading, SHOWN_TOKENS)[row].map((probability, rank) => {
    const id = reading.topIds[row * width + rank];
    return { id, text: model.tokenText(id), probability };
  });
}
