// The LatentModel of an ONNX export, of any family: contexts read once, candidates read after them, answers generated and scored.
import type { RgbPicture } from '../../src/image/resize';
import {
  AS_TRAINED,
  type AbortSignalLike,
  type Candidate,
  type Context,
  type GenerateOptions,
  type GradientCandidate,
  type LatentModel,
  type ModelCounts,
  type ModelImage,
  type ModelInfo,
  type PixelBounds,
  type Prompt,
  type PromptReading,
  type Reading,
  type RewardGradient,
  type Row,
  type Token,
  type Want,
} from '../../src/model/latent-model';
import type { Cache } from '../decoder/cache';
import type { Decoder, PassResult } from '../decoder/decoder';
import { naming } from '../decoder/wrong-numbers';
import { checkCandidate } from './checks';
import type { FamilyParts, PromptRows } from './family-parts';
import { generateTokens } from './generate';
import { ContextPool, type ContextFacts, type KeptContext } from './kept-context';
import type { ModelParts, PassReader } from './parts';
import { Passes } from './passes';
import { rewardGradient } from './reward-gradient';
import { columns, concatenate, resolveRows, type ResolvedRows, type RowSpace } from './rows';
import { scoreTokens } from './score';
import { sharedRows } from './shared-rows';
import { keysOf, splitReadings } from './split-readings';

export class OnnxModel<D extends PassReader = Decoder> implements LatentModel {
  readonly info: ModelInfo;
  readonly #parts: ModelParts<D>;
  readonly #contexts: ContextPool;
  readonly #passes: Passes<D>;
  /** Features of pictures that were encoded, for as long as somebody holds the picture. */
  readonly #features = new WeakMap<ModelImage, Float32Array>();
  #candidates = 0;
  #visionMs = 0;

  constructor(parts: ModelParts<D>) {
    this.#parts = parts;
    this.info = parts.info;
    this.#contexts = new ContextPool((cache) => parts.decoder.free(cache));
    this.#passes = new Passes(parts);
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
    const reading = prompt.reading ?? AS_TRAINED;
    const rows = positioned(family.layOut(prompt, image), reading, this.#passes.space);
    await this.#passes.pause(signal);
    const features = image && rows.image ? await this.#featuresOf(image, rows.image, rows.ids, reading) : null;
    const facts = factsOf(rows, family, this.#passes.space, features, reading);
    const known = sharedRows(this.#contexts.live(), rows, features, reading.positions);
    const shared = known?.length ?? 0;
    // A handle of our own: whoever holds the other context may release it meanwhile.
    const held = known?.context.branch() ?? null;
    let past: Cache | null = null;
    try {
      const length = rows.ids.length - shared;
      const embeddings = await embedder.rows(rows.ids.subarray(shared));
      if (features && rows.image && rows.image.start >= shared) embeddings.set(features, (rows.image.start - shared) * hiddenSize);
      await this.#passes.pause(signal);
      if (known) past = await decoder.share(known.context.cache, shared);
      const { cache } = await this.#passes.run({
        rows: length,
        embeddings,
        positions: columns(rows.positions, this.#passes.space.positionAxes, shared, length),
        past,
        logitRows: [length - 1],
        topK: 1,
        keepCache: true,
        facts: false,
      });
      return this.#contexts.keep(cache as Cache, facts);
    } finally {
      if (past) decoder.free(past);
      held?.release();
    }
  }

  async forward(context: Context, candidates: readonly Candidate[], want: Want, signal: AbortSignalLike): Promise<Reading[]> {
    const own = this.#contexts.own(context);
    for (const candidate of candidates) checkCandidate(candidate, own, want, this.info);
    const resolved = await Promise.all(candidates.map(({ rows }) => resolveRows(rows, own.facts, this.#passes.space)));
    const sizes = candidates.map(({ rows, logitRows, attentionRows = [] }) => ({
      rows: rows.length,
      logitRows: logitRows.length,
      attentionRows: attentionRows.length,
    }));
    const readings: Reading[] = [];
    for (const group of this.#parts.decoder.split(own.cache, sizes)) {
      await this.#passes.pause(signal);
      const together = group.map((index) => ({ ...candidates[index], resolved: resolved[index] }));
      const { result } = await this.#read(own, together, want, false);
      readings.push(...splitReadings(result, together, want, this.info, own));
    }
    return readings;
  }

  async rewardGradient(context: Context, candidate: GradientCandidate, signal: AbortSignalLike): Promise<RewardGradient> {
    return rewardGradient(this.#passes, this.#contexts.own(context), candidate, signal);
  }

  async advance(context: Context, candidate: Candidate, want: Want, signal: AbortSignalLike) {
    const own = this.#contexts.own(context);
    checkCandidate(candidate, own, want, this.info);
    const resolved = await resolveRows(candidate.rows, own.facts, this.#passes.space);
    await this.#passes.pause(signal);
    const together = [{ ...candidate, resolved }];
    const { result, cache } = await this.#read(own, together, want, true);
    const [reading] = splitReadings(result, together, want, this.info, own);
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
    yield* generateTokens(this.#passes, this.#contexts.own(context), rows, options, signal);
  }

  async score(context: Context, rows: readonly Row[], tokens: Uint32Array, signal: AbortSignalLike): Promise<Float32Array> {
    return scoreTokens(this.#passes, this.#contexts.own(context), rows, tokens, signal);
  }

  counts(): ModelCounts {
    const { decoder, family } = this.#parts;
    return {
      passes: this.#passes.passes,
      candidates: this.#candidates,
      rows: this.#passes.rows,
      visionPasses: family.visionPasses,
      visionMs: this.#visionMs,
      bytesReadBack: decoder.bytesReadBack,
      contexts: this.#contexts.size,
    };
  }

  /** Releases the sessions. */
  async close(): Promise<void> {
    await this.#parts.gradient?.close();
    await this.#parts.decoder.close();
    await this.#parts.embedder.close();
    await this.#parts.family.close();
  }

  /** [image tokens, hidden size] what stands in the image's rows. */
  async #featuresOf(image: ModelImage, { start, length }: { start: number; length: number }, ids: Uint32Array, reading: PromptReading) {
    return reading.image === 'features' ? this.#encode(image) : this.#parts.embedder.rows(ids.subarray(start, start + length));
  }

  async #encode(image: ModelImage): Promise<Float32Array> {
    const known = this.#features.get(image);
    if (known) return known;
    const begun = performance.now();
    const features = await this.#parts.family.encodeImage(image).catch(naming(this.info));
    this.#visionMs += performance.now() - begun;
    this.#features.set(image, features);
    return features;
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
      this.#passes.space.positionAxes,
    );
    const result = await this.#passes.run({
      rows,
      embeddings: together.embeddings,
      positions: together.positions,
      past: own.cache,
      ...(candidates.length > 1 ? { candidates: candidates.map(({ resolved }) => resolved.length) } : {}),
      logitRows: shifted((candidate) => candidate.logitRows),
      topK: want.topK,
      ...(attentionRows.length > 0
        ? { attention: { rows: attentionRows, ...keysOf(own, rows, want), heads: want.attention === 'heads' } }
        : {}),
      hidden: want.hidden ?? false,
      keepCache,
    });
    this.#candidates += candidates.length;
    return { result, cache: result.cache };
  }
}

function factsOf(
  rows: PromptRows,
  { closing }: FamilyParts,
  { positionAxes }: RowSpace,
  features: Float32Array | null,
  reading: PromptReading,
): ContextFacts {
  const { ids, segments, image, nextPosition, positions } = rows;
  return {
    image: image && features ? { ...image, features, placeholder: ids[image.start] } : null,
    segments,
    closing,
    appended: [],
    ids,
    positions: reading.positions,
    imagePositions: image ? columns(positions, positionAxes, image.start, image.length) : new Int32Array(),
    nextPosition,
  };
}

/** The rows with the positions that the reading asks for. */
function positioned(rows: PromptRows, { positions }: PromptReading, { positionAxes }: RowSpace): PromptRows {
  if (positions === 'model') return rows;
  const { length } = rows.ids;
  return { ...rows, positions: Int32Array.from({ length: positionAxes * length }, (_, i) => i % length), nextPosition: length };
}
