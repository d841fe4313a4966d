// What a reasoning method may ask of a vision-language model: contexts that are read once, rows that continue them, readings.
import type { ImageTile } from '../image/tiles';
import type { RgbPicture } from '../image/resize';
import type { Random } from '../math/random';
import type { Dtype } from './dtype';
import type { InterleavedLatent } from './interleaved-schema';

/** A picture at the size the model sees it; what else the model needs of it is the model's own affair. */
export interface ModelImage {
  /** Pixels the model sees. */
  readonly width: number;
  readonly height: number;
  /** Pixels of the picture that was given. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /** The resized picture, 8 bits a channel: what a preview shows. */
  readonly picture: RgbPicture;
  /** Which part of the picture each image token stands for; tokens are numbered tile by tile, row by row. */
  readonly tiles: readonly ImageTile[];
  /**
   * The same picture with noise added to its RGB values, on the scale where 1 is white; not clipped.
   * @param noise [3, height, width] numbers, standard normal as a rule
   * @param strength factor on the noise, 0 or more
   */
  noised(noise: Float32Array, strength: number): ModelImage;
  /** Another picture in its place, at the same size: a corrupted copy as a rule. Throws INTERNAL for another size. */
  repainted(picture: RgbPicture): ModelImage;
}

/** Bounds on the number of pixels after a resize, 1 or more; a model's own bounds are kept as well. */
export interface PixelBounds {
  readonly minPixels: number;
  readonly maxPixels: number;
}

/** What a stretch of the prompt is for; the sequence strip colours by it. */
export type PromptRole = 'system' | 'image' | 'question' | 'instruction' | 'frame';

/** One piece of the user's turn. Text never names special tokens: who types `<|im_end|>` gets those characters, not that token. */
export type PromptPart =
  { readonly kind: 'image' } | { readonly kind: 'text'; readonly text: string; readonly role: 'question' | 'instruction' };

/** How a prompt's rows are read. Anything but `AS_TRAINED` is there to repeat what others' code does. */
export interface PromptReading {
  /** `model`: the positions the model was trained with; `sequence`: row j has position j on every axis. */
  readonly positions: 'model' | 'sequence';
  /** `features`: the image; `placeholders`: the embedding of the token that stands for it, so that the model does not see it. */
  readonly image: 'features' | 'placeholders';
}

export const AS_TRAINED: PromptReading = { positions: 'model', image: 'features' };

/** What is asked. How turns are framed (a chat template) is the model's own affair. At most one image. */
export interface Prompt {
  readonly system: string;
  readonly user: readonly PromptPart[];
  /** Default: `AS_TRAINED`. */
  readonly reading?: PromptReading;
}

/** A stretch of the prompt's rows and what it is for. */
export interface PromptSegment {
  readonly role: PromptRole;
  readonly start: number;
  readonly length: number;
  readonly text: string;
}

/** One row of input. The model resolves embeddings and positions. */
export type Row =
  /** [hidden size] numbers in the space of the token embeddings. */
  | { readonly kind: 'vector'; readonly data: Float32Array }
  | { readonly kind: 'token'; readonly id: number }
  /** The features of one image token of the prompt's image, at the next position of the sequence or at the one it has in the image. */
  | { readonly kind: 'image'; readonly index: number; readonly position: 'next' | 'original' };

/** The image's rows within a context. */
export interface ImageSpan {
  /** Row of the first image token. */
  readonly start: number;
  /** Number of image tokens n. */
  readonly length: number;
  /** [n, hidden size] image features as the decoder receives them; placeholders' embeddings where the prompt was read so. */
  readonly features: Float32Array;
  /** Id of the token that stands for an image token before its features take its place. */
  readonly placeholder: number;
}

/** The rows that end the user's turn and begin the answer: they stand between a thought and its answer. */
export interface Closing {
  readonly rows: readonly Row[];
  /** The same as text, for people to read. */
  readonly text: string;
}

/**
 * Rows a model has read, kept in a key/value cache on the device: immutable, cheap to continue any number of times.
 * Contexts that continue one another share their rows; the memory is given back when the last of them is released.
 */
export interface Context {
  /** Rows read: the prompt's and those appended. */
  readonly length: number;
  readonly image: ImageSpan | null;
  readonly segments: readonly PromptSegment[];
  readonly closing: Closing;
  /** What `advance` has appended to the prompt, in order. */
  readonly appended: readonly Row[];
  /** Another handle on the same rows, to be released by itself. Throws INTERNAL when this one has been released. */
  branch(): Context;
  /** Gives this handle back. Idempotent; using a released context rejects with INTERNAL. */
  release(): void;
}

/** Rows that continue a context, and which of them are read. Row numbers count from the first of `rows`. */
export interface Candidate {
  /** At least one. */
  readonly rows: readonly Row[];
  /** Rows whose next-token distribution (and hidden state) is read. At least one. */
  readonly logitRows: readonly number[];
  /** Rows whose attention is read; absent or empty: none. */
  readonly attentionRows?: readonly number[];
}

/** How readings are made, alike for all candidates of a pass. */
export interface Want {
  /** How many of the largest logits to return, 1..64. */
  readonly topK: number;
  /** Also return hidden states of `logitRows`. Default false. */
  readonly hidden?: boolean;
  /** Attention as its mean over all layers and heads (default), or of every layer and head. */
  readonly attention?: 'mean' | 'heads';
  /**
   * Which rows' share of the attention is given: those of the prompt's image (default), or every row of the context and then of the
   * candidate, where rows that a row does not see have none.
   */
  readonly keys?: 'image' | 'all';
}

/** What the model says about rows it has just read, in the order they were asked for. */
export interface Reading {
  /** [logit rows, k] largest logits, descending. */
  readonly topLogits: Float32Array;
  /** [logit rows, k] their token ids. */
  readonly topIds: Uint32Array;
  /** [logit rows] log-sum-exp over the whole vocabulary, so that log-probabilities are exact. */
  readonly logSumExp: Float32Array;
  /** [logit rows] entropy of the whole distribution, in nats. */
  readonly entropy: Float32Array;
  /** Softmaxed attention over all rows: [attention rows, keys], or [layers, heads, attention rows, keys]; empty when not asked for. */
  readonly attention: Float32Array;
  /** [logit rows, hidden size] after the final norm; empty when not asked for. */
  readonly hidden: Float32Array;
}

/** Rows that continue a context, and the reward whose gradient is wanted. Row numbers count from the first of `rows`. */
export interface GradientCandidate {
  /** At least one. */
  readonly rows: readonly Row[];
  /** Rows whose next-token distribution is scored; at least one. One that is named twice counts twice. */
  readonly scoredRows: readonly number[];
  /** k: how many of the most likely tokens the reward looks at, 1..64. */
  readonly topK: number;
}

export interface RewardGradient {
  /** R = 1 - mean over the scored rows of -sum p ln p over the k largest p: the paper's reward of DMLR. */
  readonly reward: number;
  /** [rows, hidden size] dR/d(embeddings of the rows). Which tokens are the k largest is taken as fixed. */
  readonly gradient: Float32Array;
}

/**
 * Changes the logits of the next token in place before it is chosen; `index` counts the answer's tokens from 0. It costs reading
 * [vocabulary] numbers back for every token. Contrastive decoding (VCD, M3ID) is such a hook.
 */
export type LogitsHook = (logits: Float32Array, index: number) => void | Promise<void>;

/** Sampling from the `topK` most likely tokens at a temperature, cut to the smallest set that holds `topP` of their probability. */
export interface Sampling {
  /** Above 0. */
  readonly temperature: number;
  /** 1..64 */
  readonly topK: number;
  /** Above 0, at most 1. */
  readonly topP: number;
  readonly random: Random;
}

export interface GenerateOptions {
  /** 1..4096 */
  readonly maxNewTokens: number;
  /** Absent: greedy. */
  readonly sampling?: Sampling;
  readonly hook?: LogitsHook;
}

/** One generated token. `text` holds only complete characters: bytes of an unfinished one come with the token that ends it. */
export interface Token {
  readonly index: number;
  readonly id: number;
  readonly text: string;
  /** Natural-log probability under the full vocabulary, at temperature 1 and after the hook. */
  readonly logprob: number;
  /** True for an end token; it is the last. An answer whose last token does not end it was cut off. */
  readonly ends: boolean;
}

/** Work done so far, for honest totals and for tests that count instead of timing. */
export interface ModelCounts {
  readonly passes: number;
  /** Candidates evaluated by `forward`; as many as passes where the graph cannot keep candidates apart. */
  readonly candidates: number;
  readonly rows: number;
  readonly visionPasses: number;
  /** Time those took, in milliseconds. */
  readonly visionMs: number;
  readonly bytesReadBack: number;
  /** Contexts that have not been released. */
  readonly contexts: number;
}

/** Facts about a loaded model; everything comes from its files, nothing is assumed. */
export interface ModelInfo {
  readonly id: string;
  readonly name: string;
  /** The family of models it belongs to, by its id in `models/families`. */
  readonly family: string;
  readonly architecture: string;
  readonly dtype: Dtype;
  readonly device: 'webgpu' | 'wasm';
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  /** Most rows of a sequence. */
  readonly maxLength: number;
  /** Standard deviation of the entries of the token-embedding table (src/README.md, "Units"). */
  readonly embeddingStd: number;
  /** The token whose embedding latents start from. */
  readonly thinkToken: { readonly id: number; readonly text: string };
  /** Whether every weight file was compared with a checksum that was published; otherwise a damaged copy cannot be told from a good one. */
  readonly verified: boolean;
  /** Whether `forward` reads many candidates in one pass; otherwise each takes a pass of its own. */
  readonly packs: boolean;
  /** What its files say it was trained for with interleaved latent steps; absent: it was not trained for them. */
  readonly interleavedLatent?: InterleavedLatent;
  /** Whether `rewardGradient` can be asked: whether the model's folder has a gradient graph for its type. */
  readonly gradient: boolean;
}

/**
 * A vision-language model as a reasoning method sees it. Every method rejects with an `EngineFault` (`src/errors.ts`); an
 * aborted signal rejects with code CANCELLED within one pass.
 */
export interface LatentModel {
  readonly info: ModelInfo;
  /** Token ids of `text`; special tokens are recognised only when `special` is true. */
  encode(text: string, special?: boolean): Uint32Array;
  /** Text of a token id; empty for special tokens. */
  tokenText(id: number): string;
  /** [ids, hidden size] rows of the token-embedding table. */
  embed(ids: Uint32Array): Promise<Float32Array>;
  /** Resizes a picture for this model. Throws BAD_IMAGE when it has no pixels, too few or an impossible shape. */
  prepareImage(picture: RgbPicture, bounds: PixelBounds): ModelImage;
  /** Reads a prompt once and keeps its key/value cache on the device. An image that was read before is not encoded again. */
  prefill(prompt: Prompt, image: ModelImage | null, signal: AbortSignalLike): Promise<Context>;
  /**
   * Reads candidates after one context, each as if it alone followed; the context is left as it was. All share one pass where
   * `info.packs`. Rejects with BAD_INPUT when a candidate overflows the model's length or asks for rows it does not have.
   */
  forward(context: Context, candidates: readonly Candidate[], want: Want, signal: AbortSignalLike): Promise<Reading[]>;
  /**
   * The reward of rows after a context and its gradient by them, in one pass forward and back, counted as one pass; the context is left
   * as it was. The first call fetches the graph. Rejects with BAD_INPUT where `info.gradient` is false, and as `forward` does.
   */
  rewardGradient(context: Context, candidate: GradientCandidate, signal: AbortSignalLike): Promise<RewardGradient>;
  /** Reads rows after a context and keeps them: a reading of the candidate, and a longer context. The given context stays as it was. */
  advance(
    context: Context,
    candidate: Candidate,
    want: Want,
    signal: AbortSignalLike,
  ): Promise<{ readonly reading: Reading; readonly context: Context }>;
  /**
   * The answer after a context and rows, token by token, until an end token (which is given too), `maxNewTokens`, or the
   * model's length is reached; at least one token. Rejects with BAD_INPUT when there is no room for one.
   */
  generate(context: Context, rows: readonly Row[], options: GenerateOptions, signal: AbortSignalLike): AsyncIterable<Token>;
  /** [tokens] teacher-forced log-probabilities of `tokens` after a context and rows (at least one), in one pass. */
  score(context: Context, rows: readonly Row[], tokens: Uint32Array, signal: AbortSignalLike): Promise<Float32Array>;
  counts(): ModelCounts;
}

/** The part of the platform's AbortSignal that the science needs; a real AbortSignal is one. */
export interface AbortSignalLike {
  readonly aborted: boolean;
}
