// A latent step as an event: its image tokens, what its hidden state would say, what the row that chose attends to.
import type { LatentStep, StepEvent } from '../../events/events';
import { norm } from '../../math/stats';
import type { InterleavedLatent } from '../../model/interleaved-latent';
import type { LatentModel, ModelCounts, Reading } from '../../model/latent-model';
import type { IvtlrDetail } from './detail';
import type { LatentPart } from './interleave';
import type { LatentPlan } from './plan';

/** What is the same in all steps of a run. */
export interface RunFacts {
  readonly model: Pick<LatentModel, 'info' | 'tokenText' | 'counts'>;
  readonly plan: LatentPlan;
  readonly imageTokens: number;
  /** The model's work when thinking began. */
  readonly before: Pick<ModelCounts, 'passes' | 'rows'>;
}

/** The event of a step, the last of `parts`; of the start, where there are none, after so many rows. */
export function describeStep(facts: RunFacts, parts: readonly LatentPart[], startRows: number, ms: number): StepEvent {
  const last = parts.at(-1);
  const latents = parts.map((part, index) => latentOf(facts.model, part, index === parts.length - 1));
  return {
    type: 'step',
    step: parts.length,
    reward: null,
    bestReward: null,
    isBest: false,
    entropy: last ? Math.max(0, last.reading.entropy[0]) : null,
    topProbability: last ? probability(last.reading, 0) : null,
    patchCount: parts.reduce((sum, { patches }) => sum + patches.length, 0),
    latents,
    detail: detailOf(facts, parts, startRows),
    ms,
  };
}

function detailOf({ model, plan, imageTokens, before }: RunFacts, parts: readonly LatentPart[], startRows: number): IvtlrDetail {
  const last = parts.at(-1);
  const { embeddingStd, hiddenSize, interleavedLatent } = model.info;
  const { passes, rows } = model.counts();
  const trained: InterleavedLatent | null = interleavedLatent ?? null;
  return {
    kind: 'ivtlr',
    trained: trained && { ...trained },
    plan: { ...plan },
    picks: last ? last.patches.map((patch) => ({ patch, attention: last.attention[patch] })) : [],
    allowed: last ? last.allowed : imageTokens,
    covered: new Set(parts.flatMap(({ patches }) => patches)).size,
    shares: last?.shares ?? null,
    hiddenNorm: last ? norm(last.hidden) : null,
    embeddingNorm: embeddingStd * Math.sqrt(hiddenSize),
    rows: last?.length ?? startRows,
    passes: passes - before.passes,
    rowsRead: rows - before.rows,
  };
}

function latentOf(model: RunFacts['model'], { reading, attention, patches }: LatentPart, isNew: boolean): LatentStep {
  return {
    patches: [...patches],
    added: isNew ? [...patches] : [],
    attention: [...attention],
    topTokens: Array.from(reading.topIds, (id, rank) => ({ id, text: model.tokenText(id), probability: probability(reading, rank) })),
  };
}

const probability = ({ topLogits, logSumExp }: Reading, rank: number): number => Math.min(1, Math.exp(topLogits[rank] - logSumExp[0]));
