// The one door between the science and a model: what a reasoning method may ask of a vision-language model.
import type { Dtype } from './dtype';

/** Size of an image in patches: `t` frames, `h` rows, `w` columns of patches before merging. */
export interface PatchGrid {
  readonly t: number;
  readonly h: number;
  readonly w: number;
}

/**
 * A picture ready for the vision encoder.
 * `pixelValues` is [t*h*w, channels*temporal*patch*patch] in merge-block order, normalised per channel.
 * `width` and `height` are the pixels after the smart resize (h*patch, w*patch).
 */
export interface ImageInput {
  readonly pixelValues: Float32Array;
  readonly grid: PatchGrid;
  readonly width: number;
  readonly height: number;
}

/**
 * One piece of a prompt. `control` text may name special tokens; `text` never does (a visitor who types
 * `<|im_end|>` gets those characters, not that token); `image` is replaced by one placeholder per merged token.
 */
export type PromptPart =
  | { readonly kind: 'control'; readonly text: string; readonly role: PromptRole }
  | { readonly kind: 'text'; readonly text: string; readonly role: PromptRole }
  | { readonly kind: 'image'; readonly role: 'image' };

/** What a stretch of the prompt is for; the sequence strip colours by it. */
export type PromptRole = 'system' | 'image' | 'question' | 'instruction' | 'frame';

/** Everything the model reads before the first think token, in order. */
export type Prompt = readonly PromptPart[];

/** Where the image sits in a prefix, with what a method needs to insert its patches again. */
export interface ImageSpan {
  /** Row of the first image token in the prefix. */
  readonly start: number;
  /** Number of merged tokens n = (h/merge)*(w/merge)*t. */
  readonly length: number;
  readonly grid: PatchGrid;
  readonly merge: number;
  /** [n, hidden size] image features as the decoder receives them. */
  readonly features: Float32Array;
  /** [3, n] M-RoPE positions (time, height, width) of the image tokens. */
  readonly positions: Int32Array;
}

/** A stretch of the prefix and what it is for. */
export interface PrefixSegment {
  readonly role: PromptRole;
  readonly start: number;
  readonly length: number;
  readonly text: string;
}

/** A prompt the model has read: immutable, cheap to extend any number of times. */
export interface Prefix {
  /** Rows in the key/value cache. */
  readonly length: number;
  /** M-RoPE position that the next text row gets on all three axes. */
  readonly nextPosition: number;
  readonly image: ImageSpan | null;
  readonly segments: readonly PrefixSegment[];
  /** Gives the cache back. Idempotent; extending a released prefix throws. */
  release(): void;
}

/** Rows to read after a prefix: embeddings and their M-RoPE positions. */
export interface Suffix {
  readonly length: number;
  /** [length, hidden size] */
  readonly embeddings: Float32Array;
  /** [3, length] */
  readonly positions: Int32Array;
}

/** What to read out of a pass. Row numbers count from the first suffix row. */
export interface Want {
  /** Rows whose next-token distribution (and hidden state) is read. At least one. */
  readonly logitRows: readonly number[];
  /** Rows whose attention over the image tokens is read; empty or absent: the read-out is not computed at all. */
  readonly attentionRows?: readonly number[];
  /** How many of the largest logits to return, 1..64. */
  readonly topK: number;
  /** Also return hidden states of `logitRows`. Default false. */
  readonly hidden?: boolean;
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
  /** [attention rows, image tokens] mean over all layers and heads of the softmaxed attention; empty when not asked for. */
  readonly attention: Float32Array;
  /** [logit rows, hidden size] after the final norm; empty when not asked for. */
  readonly hidden: Float32Array;
}

export interface DecodeOptions {
  /** 1..4096 */
  readonly maxNewTokens: number;
}

/** One decoded token. `text` holds only complete characters: bytes of an unfinished one come with the token that ends it. */
export interface Token {
  readonly index: number;
  readonly id: number;
  readonly text: string;
  /** Natural-log probability under the full vocabulary. */
  readonly logprob: number;
  /** True for an end token; it is the last. An answer whose last token does not end it was cut off. */
  readonly ends: boolean;
}

/** Work done so far, for honest totals and for tests that count instead of timing. */
export interface ModelCounts {
  readonly passes: number;
  readonly rows: number;
  readonly visionPasses: number;
  readonly bytesReadBack: number;
}

/** Facts about a loaded model; everything comes from its config, nothing is assumed. */
export interface ModelInfo {
  readonly id: string;
  readonly name: string;
  readonly architecture: string;
  readonly dtype: Dtype;
  readonly device: 'webgpu' | 'wasm';
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  /** Standard deviation of the entries of the token-embedding table (src/README.md, "Units"). */
  readonly embeddingStd: number;
  readonly vision: VisionInfo;
}

/** How pictures are prepared for this model. */
export interface VisionInfo {
  readonly patchSize: number;
  readonly mergeSize: number;
  readonly temporalPatchSize: number;
  /** Bounds on width*height after the smart resize. */
  readonly minPixels: number;
  readonly maxPixels: number;
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

/**
 * A vision-language model as a reasoning method sees it. Every method rejects with an `EngineError` value
 * (`src/engine/errors.ts`); an aborted signal rejects with code CANCELLED within one pass.
 */
export interface LatentModel {
  readonly info: ModelInfo;
  /** Token ids of `text`; special tokens are recognised only when `control` is true. */
  encode(text: string, control?: boolean): Uint32Array;
  /** Text of token ids, special tokens left out. */
  tokenText(id: number): string;
  /** [ids, hidden size] rows of the token-embedding table. */
  embed(ids: Uint32Array): Promise<Float32Array>;
  /** Reads a prompt once and keeps its key/value cache on the device. */
  read(prompt: Prompt, image: ImageInput | null, signal: AbortSignalLike): Promise<Prefix>;
  /** Reads candidate suffixes after one prefix, each on its own; the prefix is left as it was. */
  extend(prefix: Prefix, candidates: readonly Suffix[], want: Want, signal: AbortSignalLike): Promise<Reading[]>;
  /**
   * Greedy decoding after prefix and suffix, token by token, until an end token (which is given too), `maxNewTokens`, or the
   * model's length is reached; at least one token. Rejects with BAD_INPUT when there is no room for one.
   */
  decode(prefix: Prefix, suffix: Suffix, options: DecodeOptions, signal: AbortSignalLike): AsyncIterable<Token>;
  /** [tokens] teacher-forced log-probabilities of `tokens` after prefix and suffix, in one pass. */
  score(prefix: Prefix, suffix: Suffix, tokens: Uint32Array, signal: AbortSignalLike): Promise<Float32Array>;
  counts(): ModelCounts;
}

/** The part of the platform's AbortSignal that the science needs; a real AbortSignal is one. */
export interface AbortSignalLike {
  readonly aborted: boolean;
}
