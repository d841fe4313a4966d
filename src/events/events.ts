// The one format of a run's events: live worker, recording, export, fixture and embed. Types are inferred from the schemas.
import * as v from 'valibot';
import { ERROR_CODES } from '../errors';
import { DTYPES } from '../model/dtype';
import type { ModelInfo } from '../model/latent-model';

/** Version of the event format that is written. Recordings of format 1 are lifted to it (`format-1.ts`); newer ones are refused. */
export const FORMAT = 2;

/** Nothing a run measures is as large as this; a larger number is an error, and would break the drawing of axes. */
export const LARGEST_NUMBER = 1e12;
/** The most of each thing that a run's settings allow, and so the most that a recording may hold. */
export const MOST = { latents: 16, steps: 501, tokens: 4096, imageTokens: 16_384, rows: 65_536, patchesPerLatent: 64, tiles: 64 } as const;

export const finite = v.pipe(v.number(), v.minValue(-LARGEST_NUMBER), v.maxValue(LARGEST_NUMBER));
export const count = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(LARGEST_NUMBER));
const positive = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(LARGEST_NUMBER));
const rows = v.pipe(count, v.maxValue(MOST.rows));
export const ids = v.pipe(v.array(count), v.maxLength(MOST.patchesPerLatent));
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

/** One latent in one step: what every method can tell of it. */
const latentSchema = v.object({
  /** Image tokens in the sequence for this latent after the step, in insertion order. */
  patches: ids,
  /** Those of `patches` that this step added. */
  added: ids,
  /** [image tokens] attention of this latent's row, mean over layers and heads; empty where none was read. */
  attention: numbers,
  /** What the model would say at the row that stands for this latent, most likely first. */
  topTokens: v.pipe(v.array(topTokenSchema), v.maxLength(64)),
});

/** What a method alone tells of its steps; `kind` is its id, and its own schema says what else there is. */
const stepDetailSchema = v.looseObject({ kind: v.pipe(v.string(), v.maxLength(40)) });

export const stepSchema = v.object({
  type: v.literal('step'),
  /** 0 is the start, before anything was changed; then 1..T. */
  step: count,
  /** The reward that the step was made with; null for a method without one. */
  reward: v.nullable(finite),
  /** What must be beaten for a new best; null for a method without a reward. */
  bestReward: v.nullable(finite),
  /** True when this step raised `bestReward`. */
  isBest: v.boolean(),
  /** Mean entropy of the next-token distribution over the rows that were read, nats; null where none was. */
  entropy: v.nullable(finite),
  /** Mean largest probability over the same rows, 0..1. */
  topProbability: v.nullable(finite),
  /** Image tokens in the sequence after the step, over all latents. */
  patchCount: count,
  /** They may change in number from step to step. */
  latents: v.pipe(v.array(latentSchema), v.maxLength(MOST.latents)),
  detail: v.nullable(stepDetailSchema),
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
  family: text,
  dtype: v.picklist(DTYPES),
  layers: count,
  heads: count,
  hiddenSize: count,
  vocabularySize: count,
  embeddingStd: finite,
  /** Whether every weight file was compared with a published checksum; not told by runs made before this was known. */
  verified: v.optional(v.boolean()),
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

/** See src/image/tiles.ts. */
const tileSchema = v.object({ x: count, y: count, width: positive, height: positive, rows: positive, columns: positive });

/** Only pictures as PNG or JPEG data URLs: nothing in a recording can name another address. */
const previewSchema = v.pipe(v.string(), v.maxLength(6_000_000), v.regex(/^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/));

export const PHASES = ['read', 'baseline', 'think', 'answer', 'dependence'] as const;
export const STREAMS = ['baseline', 'answer'] as const;

export const runEventSchema = v.variant('type', [
  v.object({
    type: v.literal('started'),
    format: v.literal(FORMAT),
    runId: text,
    /** The method's id; its settings and the detail of its steps are checked by the method itself. */
    method: v.pipe(v.string(), v.maxLength(40)),
    question: text,
    /** The settings that differ from their defaults and the seed, by name; see src/settings/space.ts. */
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
    tiles: v.pipe(v.array(tileSchema), v.minLength(1), v.maxLength(MOST.tiles)),
    preview: previewSchema,
  }),
  v.object({
    type: v.literal('prompt'),
    /** Prompt, think block and closing (`tail`), in order; rows are counted without inserted patches. */
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
    /** Why thinking ended: 'steps', 'threshold', 'answered', or another word of the method's own. */
    reason: v.pipe(v.string(), v.regex(/^[a-z][a-z-]{0,39}$/)),
    /** Step whose rows were decoded; null for methods without steps. */
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
export type StepDetail = v.InferOutput<typeof stepDetailSchema>;
export type DeviceFacts = v.InferOutput<typeof deviceSchema>;
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
      readonly device: DeviceFacts;
      readonly ms: number;
    }
  | { readonly type: 'failed'; readonly error: v.InferOutput<typeof engineErrorSchema> }
  | { readonly type: 'cancelled' };
