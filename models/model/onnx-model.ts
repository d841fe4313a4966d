// The LatentModel of an ONNX export, of any family: contexts read once, candidates read after them, answers generated and scored.
import type { Tensor } from 'onnxruntime-common';
import { fault, throwIfAborted } from '../../src/errors';
import type { RgbPicture } from '../../src/image/resize';
import type {
  AbortSignalLike,
  Candidate,
  Context,
  GenerateOptions,
  LatentModel,
  ModelCounts,
  ModelImage,
  ModelInfo,
  PixelBounds,
  Prompt,
  Reading,
  Row,
  Token,
  Want,
} from '../../src/model/latent-model';
import type { Cache } from '../decoder/cache';
import type { Decoder, Pass, PassResult } from '../decoder/decoder';
import type { Embedder } from '../decoder/embedder';
import type { Tokenizer } from '../decoder/tokenizer';
import { naming } from '../decoder/wrong-numbers';
import { yieldToMessages } from '../runtime/yield';
import { checkCandidate } from './checks';
import { chooseToken, logitsWanted, type Chosen } from './choose-token';
import type { FamilyParts, PromptRows } from './family-parts';
import { ContextPool, type ContextFacts, type KeptContext } from './kept-context';
import { columns, concatenate, resolveRows, type ResolvedRows, type RowSpace } from './rows';
import { splitReadings } from './split-readings';

/** Logits of at most so many bytes are computed in one pass when scoring; longer answers are scored in stretches. */
const SCORE_BYTES = 64 * 2 ** 20;

/** What of a decoder is used here; a `Decoder` is one. */
export type PassReader = Pick<Decoder, 'run' | 'split' | 'share' | 'free' | 'close' | 'config' | 'packs' | 'bytesReadBack'>;

export interface ModelParts<D extends PassReader = Decoder> {
  readonly decoder: D;
  readonly embedder: Pick<Embedder, 'rows' | 'free' | 'close'> & {
    /** As `Embedder.tensor`; numbers where there is no device to leave them on. */
    tensor(ids: Uint32Array): Promise<Tensor | Float32Array>;
  };
  readonly tokenizer: Pick<Tokenizer, 'encode' | 'decode' | 'stream'>;
  readonly family: FamilyParts;
  readonly info: ModelInfo;
}

/** Rows of one pass before it is said what to find out about them. */
type PassRows = Pick<Pass, 'rows' | 'embeddings' | 'positions' | 'past'>;

export class OnnxModel<D extends PassReader = Decoder> implements LatentModel {
  readonly info: ModelInfo;
  readonly #parts: ModelParts<D>;
  readonly #contexts: ContextPool;
  readonly #space: RowSpace;
  /** Features of pictures that were encoded, for as long as somebody holds the picture. */
  readonly #features = new WeakMap<ModelImage, Float32Array>();
  #passes = 0;
  #candidates = 0;
  #rows = 0;

  constructor(parts: ModelParts<D>) {
    this.#parts = parts;
    this.info = parts.info;
    this.#contexts = new ContextPool((cache) => parts.decoder.free(cache));
    this.#space = {
      hiddenSize: parts.info.hiddenSize,
      positionAxes: parts.decoder.config.positionAxes,
      embed: (ids) => parts.embedder.rows(ids),
    };
  }

  /** The decoder below, for measuring what a pass without a context costs. */
  get decoder(): D {
    return this.#parts.decoder;
  }

  encode(text: string, special = false): Uint32Array {
    return this.#parts.tokenizer.encode(text, special);
  }

  tokenText(id: number): string {
    return this.#parts.tokenizer.decode([id]);
  }

  async embed(ids: Uint32Array): Promise<Float32Array> {
    return this.#parts.embedder.rows(ids);
  }

  prepareImage(picture: RgbPicture, bounds: PixelBounds): ModelImage {
    return this.#parts.family.prepareImage(picture, bounds);
  }

  async prefill(prompt: Prompt, image: ModelImage | null, signal: AbortSignalLike): Promise<Context> {
    const { decoder, embedder, family } = this.#parts;
    const { hiddenSize } = this.info;
    const rows = family.layOut(prompt, image);
    await this.#yield(signal);
    const features = image && rows.image ? await this.#encode(image) : null;
    const facts = factsOf(rows, family, this.#space, features);
    const { cache: before, length: shared } = this.#readAlready(rows, features);
    let past: Cache | null = null;
    try {
      const length = rows.ids.length - shared;
      const embeddings = await embedder.rows(rows.ids.subarray(shared));
      if (features && rows.image && rows.image.start >= shared) embeddings.set(features, (rows.image.start - shared) * hiddenSize);
      await this.#yield(signal);
      if (before) past = await decoder.share(before, shared);
      const { cache } = await this.#pass({
        rows: length,
        embeddings,
        positions: columns(rows.positions, this.#space.positionAxes, shared, length),
        past,
        logitRows: [length - 1],
        topK: 1,
        keepCache: true,
        facts: false,
      });
      return this.#contexts.keep(cache as Cache, facts);
    } finally {
      if (past) decoder.free(past);
    }
  }

  async forward(context: Context, candidates: readonly Candidate[], want: Want, signal: AbortSignalLike): Promise<Reading[]> {
    const own = this.#contexts.own(context);
    for (const candidate of candidates) checkCandidate(candidate, own, want, this.info);
    const resolved = await Promise.all(candidates.map(({ rows }) => resolveRows(rows, own.facts, this.#space)));
    const sizes = candidates.map(({ rows, logitRows, attentionRows = [] }) => ({
      rows: rows.length,
      logitRows: logitRows.length,
      attentionRows: attentionRows.length,
    }));
    const readings: Reading[] = [];
    for (const group of this.#parts.decoder.split(own.cache, sizes)) {
      await this.#yield(signal);
      const together = group.map((index) => ({ ...candidates[index], resolved: resolved[index] }));
      const { result } = await this.#read(own, together, want, false);
      readings.push(...splitReadings(result, together, want, this.info, own.image?.length ?? 0));
    }
    return readings;
  }

  async advance(context: Context, candidate: Candidate, want: Want, signal: AbortSignalLike) {
    const own = this.#contexts.own(context);
    checkCandidate(candidate, own, want, this.info);
    const resolved = await resolveRows(candidate.rows, own.facts, this.#space);
    await this.#yield(signal);
    const together = [{ ...candidate, resolved }];
    const { result, cache } = await this.#read(own, together, want, true);
    const [reading] = splitReadings(result, together, want, this.info, own.image?.length ?? 0);
    const appended = [...own.appended, ...candidate.rows];
    const facts: ContextFacts = { ...own.facts, appended, nextPosition: resolved.nextPosition };
    return { reading, context: this.#contexts.keep(cache as Cache, facts) };
  }

  async *generate(
    context: Context,
    rows: readonly Row[],
    options: GenerateOptions,
    signal: AbortSignalLike,
  ): AsyncGenerator<Token, void, undefined> {
    const { decoder, embedder, tokenizer, family } = this.#parts;
    const own = this.#contexts.own(context);
    const resolved = await resolveRows(rows, own.facts, this.#space);
    const stream = tokenizer.stream();
    const most = Math.min(options.maxNewTokens, this.#room(own.length + resolved.length));
    const wanted = logitsWanted(options, family.barred);
    let position = resolved.nextPosition;
    let cache: Cache | null = null;
    let last: number | null = null;
    try {
      for (let index = 0; index < most; index += 1) {
        await this.#yield(signal);
        const next: PassRows =
          last === null
            ? this.#after(own, resolved)
            : {
                rows: 1,
                embeddings: await embedder.tensor(Uint32Array.of(last)),
                positions: new Int32Array(this.#space.positionAxes).fill(position++),
                past: cache,
              };
        const result: PassResult = await this.#pass({ ...next, ...wanted, logitRows: [next.rows - 1], keepCache: true });
        if (cache) decoder.free(cache);
        cache = result.cache;
        const { id, logprob }: Chosen = await chooseToken(result, options, family.barred, index);
        const ends = family.endTokenIds.has(id);
        yield { index, id, text: ends ? stream.end() : stream.push(id), logprob, ends };
        if (ends) return;
        last = id;
      }
    } finally {
      if (cache) decoder.free(cache);
    }
  }

  async score(context: Context, rows: readonly Row[], tokens: Uint32Array, signal: AbortSignalLike): Promise<Float32Array> {
    const { decoder } = this.#parts;
    const { hiddenSize, vocabularySize } = this.info;
    const own = this.#contexts.own(context);
    if (tokens.length === 0) return new Float32Array();
    // The last token is predicted, never read; row rows.length - 1 + t predicts token t.
    const forced = Array.from(tokens.subarray(0, -1), (id): Row => ({ kind: 'token', id }));
    const all = await resolveRows([...rows, ...forced], own.facts, this.#space);
    this.#checkLength(own.length + all.length);
    const logprobs = new Float32Array(tokens.length);
    const stretch = Math.max(1, Math.floor(SCORE_BYTES / (4 * vocabularySize)));
    let past = own.cache;
    let kept: Cache | null = null;
    try {
      for (let from = 0, row = 0; from < tokens.length; from += stretch) {
        const to = Math.min(from + stretch, tokens.length);
        const end = rows.length + to - 1;
        await this.#yield(signal);
        const { facts, cache } = await this.#pass({
          rows: end - row,
          embeddings: all.embeddings.subarray(row * hiddenSize, end * hiddenSize),
          positions: columns(all.positions, this.#space.positionAxes, row, end - row),
          past,
          logitRows: Array.from({ length: to - from }, (_, i) => rows.length - 1 + from + i - row),
          topK: 1,
          picks: tokens.subarray(from, to),
          keepCache: to < tokens.length,
        });
        for (let t = from; t < to; t += 1) logprobs[t] = facts.picked[t - from] - facts.logSumExp[t - from];
        if (kept) decoder.free(kept);
        kept = cache;
        if (cache) past = cache;
        row = end;
      }
    } finally {
      if (kept) decoder.free(kept);
    }
    return logprobs;
  }

  counts(): ModelCounts {
    const { decoder, family } = this.#parts;
    return {
      passes: this.#passes,
      candidates: this.#candidates,
      rows: this.#rows,
      visionPasses: family.visionPasses,
      bytesReadBack: decoder.bytesReadBack,
      contexts: this.#contexts.size,
    };
  }

  /** Releases the sessions. */
  async close(): Promise<void> {
    await this.#parts.decoder.close();
    await this.#parts.embedder.close();
    await this.#parts.family.close();
  }

  async #encode(image: ModelImage): Promise<Float32Array> {
    const known = this.#features.get(image);
    if (known) return known;
    const features = await this.#parts.family.encodeImage(image).catch(naming(this.info));
    this.#features.set(image, features);
    return features;
  }

  /**
   * Rows of this prompt that a live context has read already: with the same picture, up to the first token that differs, and
   * only past the picture, whose rows are what makes a prompt long. At least one row is left to be read.
   */
  #readAlready({ ids, image }: PromptRows, features: Float32Array | null): { readonly cache: Cache | null; readonly length: number } {
    let found: { cache: Cache | null; length: number } = { cache: null, length: 0 };
    if (image === null || features === null) return found;
    for (const { facts, cache } of this.#contexts.live()) {
      if (facts.image?.features !== features) continue;
      const most = Math.min(ids.length - 1, facts.ids.length);
      let length = 0;
      while (length < most && ids[length] === facts.ids[length]) length += 1;
      if (length >= image.start + image.length && length > found.length) found = { cache, length };
    }
    return found;
  }

  async #read(
    own: KeptContext,
    candidates: readonly (Candidate & { readonly resolved: ResolvedRows })[],
    want: Want,
    keepCache: boolean,
  ): Promise<{ readonly result: PassResult; readonly cache: Cache | null }> {
    const starts: number[] = [];
    let rows = 0;
    for (const { resolved } of candidates) {
      starts.push(rows);
      rows += resolved.length;
    }
    const shifted = (pick: (candidate: Candidate) => readonly number[]): number[] =>
      candidates.flatMap((candidate, index) => pick(candidate).map((row) => starts[index] + row));
    const attentionRows = shifted((candidate) => candidate.attentionRows ?? []);
    const together = concatenate(
      candidates.map(({ resolved }) => resolved),
      this.#space.positionAxes,
    );
    const result = await this.#pass({
      rows,
      embeddings: together.embeddings,
      positions: together.positions,
      past: own.cache,
      ...(candidates.length > 1 ? { candidates: candidates.map(({ resolved }) => resolved.length) } : {}),
      logitRows: shifted((candidate) => candidate.logitRows),
      topK: want.topK,
      ...(attentionRows.length > 0 && own.image
        ? {
            attention: {
              rows: attentionRows,
              start: own.image.start,
              end: own.image.start + own.image.length,
              heads: want.attention === 'heads',
            },
          }
        : {}),
      hidden: want.hidden ?? false,
      keepCache,
    });
    this.#candidates += candidates.length;
    return { result, cache: result.cache };
  }

  /** Rows after a context. Throws BAD_INPUT when the model's length is exceeded. */
  #after(own: KeptContext, { length, embeddings, positions }: ResolvedRows): PassRows {
    this.#checkLength(own.length + length);
    return { rows: length, embeddings, positions, past: own.cache };
  }

  #checkLength(length: number): void {
    const { maxLength } = this.info;
    if (length <= maxLength) return;
    throw fault(
      'BAD_INPUT',
      `Prompt and think tokens have ${length} rows; this model reads at most ${maxLength}.`,
      'Shorten the question, use a smaller picture or fewer patches.',
    );
  }

  /** Tokens there is room for after so many rows, at least one. Throws BAD_INPUT when there is none. */
  #room(length: number): number {
    const room = this.info.maxLength - length;
    if (room >= 1) return room;
    throw fault(
      'BAD_INPUT',
      `Prompt and think tokens have ${length} rows; this model has ${this.info.maxLength}, which leaves no room for an answer.`,
      'Shorten the question, use a smaller picture or fewer patches.',
    );
  }

  async #pass(pass: Pass): Promise<PassResult> {
    const { decoder, embedder } = this.#parts;
    try {
      const result = await decoder.run(pass).catch(naming(this.info));
      this.#passes += 1;
      this.#rows += pass.rows;
      return result;
    } finally {
      if (!(pass.embeddings instanceof Float32Array)) embedder.free(pass.embeddings);
    }
  }

  /** Lets messages in, so that a cancel can arrive, and stops when one has. */
  async #yield(signal: AbortSignalLike): Promise<void> {
    await yieldToMessages();
    throwIfAborted(signal);
  }
}

function factsOf(rows: PromptRows, { closing }: FamilyParts, { positionAxes }: RowSpace, features: Float32Array | null): ContextFacts {
  const { ids, segments, image, nextPosition, positions } = rows;
  return {
    image: image && features ? { ...image, features } : null,
    segments,
    closing,
    appended: [],
    ids,
    imagePositions: image ? columns(positions, positionAxes, image.start, image.length) : new Int32Array(),
    nextPosition,
  };
}
