// The one format of a run's events: live worker, recording, export, fixture and embed. Types are inferred from the schemas.
import * as v from 'valibot';
import { ERROR_CODES } from '../errors';
import { DTYPES } from '../model/dtype';
import { interleavedLatentSchema } from '../model/interleaved-latent';
import type { ModelInfo } from '../model/latent-model';
import { MAX_QUESTION_LENGTH } from '../prompt/question';
import { count, size, finite, ids, LARGEST_NUMBER, MOST, numbers, positive, textOf } from './bounds';
import { FORMAT, PHASES, STREAMS } from './kinds';
import { sharesSchema } from './shares';

/** The text of one token. */
const piece = textOf(MOST.tokenText);
const name = textOf(MOST.name);
/** Whether it is that of its tokens is checked beside them. */
const answer = textOf(MOST.tokens * MOST.tokenText);
const rows = v.pipe(count, v.maxValue(MOST.rows));
/** A little above 1 for what rounding adds. */
const probability = v.pipe(v.number(), v.minValue(0), v.maxValue(1.01));
const logarithm = v.pipe(v.number(), v.minValue(-LARGEST_NUMBER), v.maxValue(0.01));

const engineErrorSchema = v.object({
  code: v.picklist(ERROR_CODES),
  message: textOf(MOST.message),
  action: textOf(MOST.message),
  retry: v.boolean(),
  detail: v.exactOptional(textOf(MOST.detail)),
});

const topTokenSchema = v.object({ id: count, text: piece, probability });

/** One latent in one step: what every method can tell of it. */
const latentSchema = v.object({
  /** Image tokens in the sequence for this latent after the step, in insertion order. */
  patches: ids,
  /** Those of `patches` that this step added. */
  added: ids,
  /** [image tokens] attention of this latent's row, mean over layers and heads; empty where none was read. */
  attention: numbers,
  /** What the model would say at the row that stands for this latent, most likely first. */
  topTokens: v.pipe(v.array(topTokenSchema), v.maxLength(MOST.topTokens)),
});

/** What a method alone tells of its steps; `kind` is its id, and its own schema says what else there is. */
const stepDetailSchema = v.looseObject({ kind: v.pipe(v.string(), v.maxLength(40)) });

const stepSchema = v.object({
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
  entropy: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(LARGEST_NUMBER))),
  /** Mean largest probability over the same rows, 0..1. */
  topProbability: v.nullable(probability),
  /** Image tokens in the sequence after the step, over all latents. */
  patchCount: count,
  /** They may change in number from step to step. */
  latents: v.pipe(v.array(latentSchema), v.maxLength(MOST.latents)),
  detail: v.nullable(stepDetailSchema),
  ms: size,
});

const segmentSchema = v.object({
  role: v.picklist(['system', 'image', 'question', 'instruction', 'frame', 'think', 'tail']),
  start: count,
  length: rows,
  text: textOf(MOST.segmentText),
});

const modelSchema = v.object({
  id: name,
  name,
  family: name,
  dtype: v.picklist(DTYPES),
  layers: count,
  heads: count,
  hiddenSize: count,
  vocabularySize: count,
  embeddingStd: finite,
  /** Whether every weight file was compared with a published checksum; not told by runs made before this was known. */
  verified: v.optional(v.boolean()),
  /** What it was trained for with interleaved latent steps; absent: it was not. */
  interleavedLatent: v.exactOptional(interleavedLatentSchema),
});
export type ModelSummary = v.InferOutput<typeof modelSchema>;

/** What events tell of a loaded model: the fields of the schema, and no others. */
export const summarizeModel = (info: ModelInfo): ModelSummary => v.parse(modelSchema, info);

const deviceSchema = v.object({
  kind: v.picklist(['webgpu', 'wasm']),
  /** Vendor and architecture of the adapter, or what runs WASM; for people to read. */
  description: name,
  /** True for a software adapter: its times say nothing about a GPU. */
  software: v.boolean(),
});

const totalsSchema = v.object({
  ms: size,
  passes: count,
  rows: count,
  visionPasses: count,
  bytesReadBack: count,
  /** Milliseconds by phase. */
  phases: v.record(v.picklist(PHASES), size),
  /** Passes and rows by phase; not told by runs made before this was counted. */
  work: v.exactOptional(v.record(v.picklist(PHASES), v.object({ passes: count, rows: count }))),
});

/** See src/image/tiles.ts. */
const tileSchema = v.object({ x: count, y: count, width: positive, height: positive, rows: positive, columns: positive });

/** Only pictures as PNG or JPEG data URLs: nothing in a recording can name another address. */
const previewSchema = v.pipe(
  textOf(MOST.preview),
  v.regex(/^data:image\/(?:png|jpeg);base64,[A-Za-z0-9+/]+={0,2}$/, 'is no PNG or JPEG picture as a data address'),
);

/** Characters are counted where their number of UTF-16 units alone does not tell. */
const questionSchema = v.pipe(
  textOf(MOST.question),
  v.check(
    (text) => text.length <= MAX_QUESTION_LENGTH || [...text].length <= MAX_QUESTION_LENGTH,
    `has more than ${MAX_QUESTION_LENGTH} characters, the most that can be asked`,
  ),
);

export const runEventSchema = v.variant('type', [
  v.object({
    type: v.literal('started'),
    format: v.literal(FORMAT),
    runId: name,
    /** The method's id; its settings and the detail of its steps are checked by the method itself. */
    method: v.pipe(v.string(), v.maxLength(40)),
    question: questionSchema,
    /** The settings that differ from their defaults and the seed, by name; see src/settings/space.ts. */
    settings: v.record(textOf(MOST.name), v.union([finite, v.boolean(), textOf(MOST.name), v.null()])),
    seed: count,
    model: modelSchema,
    device: deviceSchema,
    /** ISO 8601 */
    startedAt: v.pipe(
      textOf(40),
      v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z$/, 'is no date and time such as 2026-11-20T10:16:09Z'),
    ),
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
    logprob: logarithm,
  }),
  v.object({
    type: v.literal('attention'),
    /** A token of the answer. */
    index: count,
    /** What the row that gave the token attends to. */
    shares: sharesSchema,
  }),
  v.object({
    type: v.literal('control'),
    /** Its id among those that the method announces for the run's settings. */
    control: v.pipe(v.string(), v.regex(/^[a-z][a-z0-9-]{0,39}$/)),
    reward: v.nullable(finite),
    answer,
    answerCut: v.boolean(),
    /** ln of the probability of the run's own answer after this control's rows, over all its tokens. */
    logprob: finite,
  }),
  v.object({
    type: v.literal('dependence'),
    stream: v.picklist(STREAMS),
    index: count,
    /** S_t = withImage - withoutImage, nats; mean over the noise draws. */
    value: finite,
    withImage: logarithm,
    withoutImage: logarithm,
  }),
  v.object({
    type: v.literal('finished'),
    /** Why thinking ended: 'steps', 'threshold', 'answered', or another word of the method's own. */
    reason: v.pipe(v.string(), v.regex(/^[a-z][a-z-]{0,39}$/, 'is no reason: a word or several joined by hyphens')),
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
