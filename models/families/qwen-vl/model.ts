// The LatentModel of a Qwen2-VL / Qwen2.5-VL export: prompts read once, suffixes read after them, answers decoded and scored.
import { fault, throwIfAborted } from '../../../src/errors';
import type {
  AbortSignalLike,
  DecodeOptions,
  ImageInput,
  ImageSpan,
  LatentModel,
  ModelCounts,
  ModelInfo,
  Prefix,
  Prompt,
  Reading,
  Suffix,
  Token,
  Want,
} from '../../../src/model/latent-model';
import { yieldToMessages } from '../../runtime/yield';
import type { Cache } from '../../decoder/cache';
import type { Decoder, Pass, PassResult } from '../../decoder/decoder';
import type { Embedder } from '../../decoder/embedder';
import { CachedPrefix } from './prefix';
import { layOutPrompt } from './prompt-rows';
import type { Tokenizer } from '../../decoder/tokenizer';
import type { VisionEncoder } from './vision';
import { naming } from '../../decoder/wrong-numbers';

/** Most of the largest logits a pass returns. */
const MOST_TOP = 64;
/** Logits of at most so many bytes are computed in one pass when scoring; longer answers are scored in stretches. */
const SCORE_BYTES = 64 * 2 ** 20;

export interface QwenParts {
  readonly decoder: Decoder;
  readonly embedder: Embedder;
  readonly vision: VisionEncoder;
  readonly tokenizer: Tokenizer;
  readonly info: ModelInfo;
}

export class QwenModel implements LatentModel {
  readonly info: ModelInfo;
  readonly #parts: QwenParts;
  #passes = 0;
  #rows = 0;

  constructor(parts: QwenParts) {
    this.#parts = parts;
    this.info = parts.info;
  }

  /** The decoder below, for measuring what a pass without a prefix costs. */
  get decoder(): Decoder {
    return this.#parts.decoder;
  }

  encode(text: string, control = false): Uint32Array {
    return this.#parts.tokenizer.encode(text, control);
  }

  tokenText(id: number): string {
    return this.#parts.tokenizer.decode([id]);
  }

  async embed(ids: Uint32Array): Promise<Float32Array> {
    return this.#parts.embedder.rows(ids);
  }

  async read(prompt: Prompt, image: ImageInput | null, signal: AbortSignalLike): Promise<Prefix> {
    const { decoder, embedder, vision, tokenizer, info } = this.#parts;
    const rows = layOutPrompt(prompt, image, tokenizer, decoder.config);
    await this.#breathe(signal);
    const embeddings = await embedder.rows(rows.ids);
    let span: ImageSpan | null = null;
    if (image && rows.image) {
      const features = await vision.features(image).catch(naming(info));
      embeddings.set(features, rows.image.start * info.hiddenSize);
      span = {
        ...rows.image,
        grid: image.grid,
        merge: info.vision.mergeSize,
        features,
        positions: columns(rows.positions, rows.image.start, rows.image.length),
      };
    }
    await this.#breathe(signal);
    const length = rows.ids.length;
    const { cache } = await this.#pass({
      rows: length,
      embeddings,
      positions: rows.positions,
      past: null,
      logitRows: [length - 1],
      topK: 1,
      keepCache: true,
      facts: false,
    });
    return new CachedPrefix(decoder, cache as Cache, rows.nextPosition, span, rows.segments);
  }

  async extend(prefix: Prefix, candidates: readonly Suffix[], want: Want, signal: AbortSignalLike): Promise<Reading[]> {
    const readings: Reading[] = [];
    for (const suffix of candidates) {
      checkWant(want, suffix.length, this.info.vocabularySize);
      await this.#breathe(signal);
      const { facts, attention, hidden } = await this.#pass({
        ...this.#after(prefix, suffix),
        logitRows: want.logitRows,
        topK: want.topK,
        ...attentionOf(prefix, want),
        hidden: want.hidden ?? false,
      });
      readings.push({ ...facts, attention, hidden });
    }
    return readings;
  }

  async *decode(prefix: Prefix, suffix: Suffix, options: DecodeOptions, signal: AbortSignalLike): AsyncGenerator<Token, void, undefined> {
    const { decoder, embedder, tokenizer } = this.#parts;
    const stream = tokenizer.stream();
    let position = nextPosition(prefix, suffix);
    let cache: Cache | null = null;
    let last: number | null = null;
    const { maxLength } = decoder.config;
    const room = maxLength - prefix.length - suffix.length;
    if (room < 1) {
      throw fault(
        'BAD_INPUT',
        `Prompt and think tokens have ${prefix.length + suffix.length} rows; this model has ${maxLength}, which leaves no room for an answer.`,
        'Shorten the question, use a smaller picture or fewer patches.',
      );
    }
    const most = Math.min(options.maxNewTokens, room);
    try {
      for (let index = 0; index < most; index += 1) {
        await this.#breathe(signal);
        const rows: Pick<Pass, 'rows' | 'embeddings' | 'positions' | 'past'> =
          last === null
            ? this.#after(prefix, suffix)
            : {
                rows: 1,
                embeddings: await embedder.tensor(Uint32Array.of(last)),
                positions: new Int32Array(3).fill(position++),
                past: cache,
              };
        const result: PassResult = await this.#pass({ ...rows, logitRows: [rows.rows - 1], topK: 1, keepCache: true });
        if (cache) decoder.free(cache);
        cache = result.cache;
        const id = result.facts.topIds[0];
        const ends = decoder.config.endTokenIds.has(id);
        const logprob = result.facts.topLogits[0] - result.facts.logSumExp[0];
        yield { index, id, text: ends ? stream.end() : stream.push(id), logprob, ends };
        if (ends) return;
        last = id;
      }
    } finally {
      if (cache) decoder.free(cache);
    }
  }

  async score(prefix: Prefix, suffix: Suffix, tokens: Uint32Array, signal: AbortSignalLike): Promise<Float32Array> {
    const { decoder, embedder } = this.#parts;
    const { hiddenSize, vocabularySize } = this.info;
    if (tokens.length === 0) return new Float32Array();
    if (suffix.length === 0)
      throw fault('BAD_INPUT', 'Nothing stands before the tokens to be scored.', 'Give the rows that lead to the answer.');
    // Row suffix.length - 1 + t predicts token t; the last token is predicted, never read.
    const forced = await embedder.rows(tokens.subarray(0, -1));
    const rows = suffix.length + tokens.length - 1;
    const embeddings = new Float32Array(rows * hiddenSize);
    embeddings.set(suffix.embeddings);
    embeddings.set(forced, suffix.embeddings.length);
    const positions = new Int32Array(3 * rows);
    const start = nextPosition(prefix, suffix);
    for (let axis = 0; axis < 3; axis += 1) {
      positions.set(suffix.positions.subarray(axis * suffix.length, (axis + 1) * suffix.length), axis * rows);
      for (let t = 0; t < tokens.length - 1; t += 1) positions[axis * rows + suffix.length + t] = start + t;
    }
    const logprobs = new Float32Array(tokens.length);
    const stretch = Math.max(1, Math.floor(SCORE_BYTES / (4 * vocabularySize)));
    let past = CachedPrefix.cacheOf(prefix, decoder);
    let own: Cache | null = null;
    try {
      for (let from = 0, row = 0; from < tokens.length; from += stretch) {
        const to = Math.min(from + stretch, tokens.length);
        const end = suffix.length + to - 1;
        const last = to === tokens.length;
        await this.#breathe(signal);
        const { facts, cache } = await this.#pass({
          rows: end - row,
          embeddings: embeddings.subarray(row * hiddenSize, end * hiddenSize),
          positions: columns(positions, row, end - row),
          past,
          logitRows: Array.from({ length: to - from }, (_, i) => suffix.length - 1 + from + i - row),
          topK: 1,
          picks: tokens.subarray(from, to),
          keepCache: !last,
        });
        for (let t = from; t < to; t += 1) logprobs[t] = facts.picked[t - from] - facts.logSumExp[t - from];
        if (own) decoder.free(own);
        own = cache;
        if (cache) past = cache;
        row = end;
      }
    } finally {
      if (own) decoder.free(own);
    }
    return logprobs;
  }

  counts(): ModelCounts {
    const { decoder, vision } = this.#parts;
    return { passes: this.#passes, rows: this.#rows, visionPasses: vision.passes, bytesReadBack: decoder.bytesReadBack };
  }

  /** Releases the sessions. */
  async close(): Promise<void> {
    await this.#parts.decoder.close();
    await this.#parts.embedder.session.release();
    await this.#parts.vision.session.release();
  }

  /** The rows of a suffix after a prefix. Throws BAD_INPUT when sizes do not fit or the model's length is exceeded. */
  #after(prefix: Prefix, suffix: Suffix): Pick<Pass, 'rows' | 'embeddings' | 'positions' | 'past'> {
    const { decoder } = this.#parts;
    const { length, embeddings, positions } = suffix;
    if (length < 1 || embeddings.length !== length * this.info.hiddenSize || positions.length !== 3 * length) {
      throw fault(
        'BAD_INPUT',
        `A suffix of ${length} rows came with ${embeddings.length} numbers and ${positions.length} positions.`,
        'Give [length, hidden size] embeddings and [3, length] positions, at least one row.',
      );
    }
    if (prefix.length + length > decoder.config.maxLength) {
      throw fault(
        'BAD_INPUT',
        `Prompt and think tokens have ${prefix.length + length} rows; this model reads at most ${decoder.config.maxLength}.`,
        'Shorten the question, use a smaller picture or fewer patches.',
      );
    }
    return { rows: length, embeddings, positions, past: CachedPrefix.cacheOf(prefix, decoder) };
  }

  async #pass(pass: Pass): Promise<PassResult> {
    const { decoder, embedder } = this.#parts;
    try {
      const result = await decoder.run(pass).catch(naming(this.info));
      this.#passes += 1;
      this.#rows += pass.rows;
      return result;
    } finally {
      if (!(pass.embeddings instanceof Float32Array)) embedder.runtime.free(pass.embeddings);
    }
  }

  /** Lets messages in, so that a cancel can arrive, and stops when one has. */
  async #breathe(signal: AbortSignalLike): Promise<void> {
    await yieldToMessages();
    throwIfAborted(signal);
  }
}

/** The position of the first row after a suffix: one more than its largest, the prefix's own when that is larger. */
function nextPosition(prefix: Prefix, suffix: Suffix): number {
  return suffix.positions.reduce((next, position) => Math.max(next, position + 1), prefix.nextPosition);
}

/** Columns start..start+length of a [3, rows] array, as [3, length]. */
function columns(positions: Int32Array, start: number, length: number): Int32Array {
  const rows = positions.length / 3;
  const part = new Int32Array(3 * length);
  for (let axis = 0; axis < 3; axis += 1) part.set(positions.subarray(axis * rows + start, axis * rows + start + length), axis * length);
  return part;
}

function attentionOf(prefix: Prefix, want: Want): Pick<Pass, 'attention'> {
  const rows = want.attentionRows ?? [];
  if (rows.length === 0) return {};
  if (!prefix.image) throw fault('BAD_INPUT', 'Attention over the image was asked for, but the prompt has no picture.', 'Give a picture.');
  return { attention: { rows, start: prefix.image.start, end: prefix.image.start + prefix.image.length } };
}

function checkWant(want: Want, rows: number, vocabulary: number): void {
  const outside = [...want.logitRows, ...(want.attentionRows ?? [])].find((row) => !Number.isInteger(row) || row < 0 || row >= rows);
  if (want.logitRows.length === 0 || outside !== undefined) {
    throw fault(
      'BAD_INPUT',
      outside === undefined ? 'No row was asked for.' : `Row ${outside} is not one of the ${rows} suffix rows.`,
      'Ask for rows of the suffix, at least one.',
    );
  }
  if (!Number.isInteger(want.topK) || want.topK < 1 || want.topK > Math.min(MOST_TOP, vocabulary)) {
    throw fault('BAD_INPUT', `${want.topK} largest logits were asked for.`, `Ask for 1 to ${Math.min(MOST_TOP, vocabulary)}.`);
  }
}
