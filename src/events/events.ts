// The one format every run speaks: live worker, recording, export, fixture and embed. Types are inferred from the schemas.
import * as v from 'valibot';
import { ERROR_CODES } from '../errors';
import { DTYPES } from '../model/dtype';
import type { ModelInfo } from '../model/latent-model';

/** Version of the event format. A recording of another version is refused with a clear message. */
export const FORMAT = 1;

/** Nothing a run measures is as large as this; a larger number is an error, and would break the drawing of axes. */
export const LARGEST_NUMBER = 1e12;
/** The most of each thing that a run's settings allow, and so the most that a recording may hold. */
export const MOST = { latents: 16, steps: 501, tokens: 4096, imageTokens: 16_384, rows: 65_536, patchesPerLatent: 64 } as const;

const finite = v.pipe(v.number(), v.minValue(-LARGEST_NUMBER), v.maxValue(LARGEST_NUMBER));
const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LARGEST_NUMBER));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_NUMBER));
const rows = v.pipe(count, v.maxValue(MOST.rows));
const ids = v.pipe(v.array(count), v.maxLength(MOST.patchesPerLatent));
const text = v.pipe(v.string(), v.maxLength(100_000));
/** A whole answer: as many tokens as a run may write, each with a text of its own. */
const answer = v.pipe(v.string(), v.maxLength(1_000_000));
/** The text of one token. */
const piece = v.pipe(v.string(), v.maxLength(1000));
const numbers = v.pipe(v.array(finite), v.maxLength(MOST.imageTokens));

export const engineErrorSchema = v.object({
  code: v.picklist(ERROR_CODES),
  message: text,
  action: text,
  retry: v.boolean(),
  detail: v.exactOptional(text),
});

const topTokenSchema = v.object({ id: count, text: piece, probability: finite });

/** One think token in one step. */
const latentSchema = v.object({
  /** V_i after the step: image tokens injected after this latent, in insertion order. */
  patches: ids,
  /** Those of `patches` that this step added. */
  added: ids,
  /** Candidates tried in this step and turned down. */
  rejected: ids,
  /** [image tokens] attention of this latent's row, mean over layers and heads, in the pass over the perturbed T' (at step 0: over T0). */
  attention: numbers,
  /** What the model would say at this latent's scored row in the same pass; with `block-ends` that row is its last patch, if it has one. */
  topTokens: v.pipe(v.array(topTokenSchema), v.maxLength(64)),
  /** L2 distance of this latent from where it started. */
  drift: finite,
});

/** One evaluation [T, V_best, Z_cand] of the inner loop. */
const candidateSchema = v.object({ latent: count, patches: ids, reward: finite, accepted: v.boolean() });

export const stepSchema = v.object({
  type: v.literal('step'),
  /** 0 is the start, before any update; then 1..T. */
  step: count,
  /** R(T'): the perturbed candidate's reward, the one REINFORCE uses. At step 0: R of the start. */
  reward: finite,
  /** What the next candidate must beat: the highest reward so far of an evaluated [T, V] (from 0 with `startingReward: zero`). */
  bestReward: finite,
  /** True when this step raised `bestReward`. */
  isBest: v.boolean(),
  /** R(T) after the update with the patches kept; null when not measured. */
  unperturbedReward: v.nullable(finite),
  /** Standard deviation of the perturbation, in the unit of the noise scale. */
  sigma: finite,
  /** Mean true entropy over the scored rows, nats, of the perturbed candidate. */
  entropy: finite,
  /** Mean largest probability over the scored rows, 0..1, of the perturbed candidate. */
  topProbability: finite,
  /** L2 norm of this step's update of T. */
  updateNorm: finite,
  /** L2 distance of T from its start. */
  driftFromStart: finite,
  /** Patches in V_best after the step, over all latents. */
  patchCount: count,
  candidates: v.pipe(v.array(candidateSchema), v.maxLength(256)),
  latents: v.pipe(v.array(latentSchema), v.maxLength(MOST.latents)),
  ms: finite,
});

const segmentSchema = v.object({
  role: v.picklist(['system', 'image', 'question', 'instruction', 'frame', 'think', 'tail']),
  start: count,
  length: rows,
  text,
});

const modelSchema = v.object({
  id: text,
  name: text,
  dtype: v.picklist(DTYPES),
  layers: count,
  heads: count,
  hiddenSize: count,
  vocabularySize: count,
  embeddingStd: finite,
});
export type ModelSummary = v.InferOutput<typeof modelSchema>;

/** What events tell of a loaded model: the fields of the schema, and no others. */
export const summarizeModel = (info: ModelInfo): ModelSummary => v.parse(modelSchema, info);

const deviceSchema = v.object({
  kind: v.picklist(['webgpu', 'wasm']),
  /** Vendor and architecture of the adapter, or what runs WASM; for people to read. */
  description: text,
  /** True for a software adapter: its times say nothing about a GPU. */
  software: v.boolean(),
});

const totalsSchema = v.object({
  ms: finite,
  passes: count,
  rows: count,
  visionPasses: count,
  bytesReadBack: count,
  /** Milliseconds by phase name. */
  phases: v.record(v.string(), finite),
});

/** Only pictures as PNG or JPEG data URLs: nothing in a recording can name another address. */
const previewSchema = v.pipe(v.string(), v.maxLength(6_000_000), v.regex(/^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/));

export const PHASES = ['read', 'baseline', 'optimise', 'answer', 'dependence'] as const;
export const STREAMS = ['baseline', 'answer'] as const;

export const runEventSchema = v.variant('type', [
  v.object({
    type: v.literal('started'),
    format: v.literal(FORMAT),
    runId: text,
    method: v.picklist(['dmlr', 'direct', 'cot']),
    question: text,
    /** The settings that differ from their defaults and the seed, by name; see src/settings/schema.ts. */
    settings: v.record(v.string(), v.union([finite, v.boolean(), text, v.null()])),
    seed: count,
    model: modelSchema,
    device: deviceSchema,
    /** ISO 8601 */
    startedAt: text,
  }),
  v.object({
    type: v.literal('image'),
    /** Pixels the model saw, after the smart resize. */
    width: positive,
    height: positive,
    sourceWidth: positive,
    sourceHeight: positive,
    /** In patches before merging. */
    grid: v.object({ t: positive, h: positive, w: positive }),
    merge: positive,
    preview: previewSchema,
  }),
  v.object({
    type: v.literal('prompt'),
    /** Prefix, think block and tail, in order; rows are counted without inserted patches. */
    segments: v.pipe(v.array(segmentSchema), v.maxLength(256)),
    length: count,
  }),
  v.object({ type: v.literal('phase'), phase: v.picklist(PHASES) }),
  stepSchema,
  v.object({
    type: v.literal('token'),
    stream: v.picklist(STREAMS),
    index: count,
    id: count,
    text: piece,
    logprob: finite,
  }),
  v.object({
    type: v.literal('dependence'),
    stream: v.picklist(STREAMS),
    index: count,
    /** S_t = withImage - withoutImage, nats; mean over the noise draws. */
    value: finite,
    withImage: finite,
    withoutImage: finite,
  }),
  v.object({
    type: v.literal('finished'),
    reason: v.picklist(['steps', 'threshold', 'answered']),
    /** Step whose [T, V] was decoded; null for methods without steps. */
    bestStep: v.nullable(count),
    /** The reward of what was decoded, as evaluated. */
    bestReward: v.nullable(finite),
    answer,
    /** True when the answer stopped at its longest allowed length (or the model's) instead of at an end token. */
    answerCut: v.boolean(),
    baseline: v.nullable(answer),
    /** Likewise; null without a baseline. */
    baselineCut: v.nullable(v.boolean()),
    totals: totalsSchema,
  }),
  v.object({ type: v.literal('cancelled'), step: v.nullable(count) }),
  v.object({ type: v.literal('failed'), error: engineErrorSchema }),
]);

export type RunEvent = v.InferOutput<typeof runEventSchema>;
export type RunEventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;
export type StepEvent = RunEventOf<'step'>;
export type LatentStep = StepEvent['latents'][number];
export type Stream = (typeof STREAMS)[number];
export type RunPhase = (typeof PHASES)[number];

/** Whether an event ends its stream; exactly one does. */
export function isTerminal(event: RunEvent): boolean {
  return event.type === 'finished' || event.type === 'cancelled' || event.type === 'failed';
}

export type LoadPhase = 'download' | 'compile' | 'self-test' | 'warm-up';

/** What loading a model tells: bytes first, then named phases, then exactly one of ready, failed, cancelled. */
export type LoadEvent =
  | { readonly type: 'phase'; readonly phase: LoadPhase }
  /** `received` is the part of `loaded` that came over the network in this load; the rest was here already. */
  | { readonly type: 'progress'; readonly loaded: number; readonly total: number; readonly received: number }
  | { readonly type: 'notice'; readonly message: string }
  | {
      readonly type: 'ready';
      readonly model: ModelSummary;
      readonly device: v.InferOutput<typeof deviceSchema>;
      readonly ms: number;
    }
  | { readonly type: 'failed'; readonly error: v.InferOutput<typeof engineErrorSchema> }
  | { readonly type: 'cancelled' };
