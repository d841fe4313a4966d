// One pass of the instrumented decoder: rows in after a cache, facts about chosen rows out, the longer cache kept when wanted.
import type { Tensor } from 'onnxruntime-common';
import pLimit from 'p-limit';
import { instrumentDecoder, type InstrumentOptions } from '../graph/instrument';
import { joinFiles } from '../graph/joined-weights';
import { INPUTS, OUTPUTS } from '../graph/ports';
import { FeedBuffers } from '../runtime/feed-buffers';
import { GpuReadout } from '../runtime/gpu-readout';
import type { Feeds, GraphSource, Outputs, Runtime, Session } from '../runtime/runtime';
import type { Cache, CacheLayout, CachePass, CacheStore } from './cache';
import type { ModelConfig } from './model-config';
import { GrowingStore } from './growing-cache';
import { PassMasks } from './masks';
import { MOST_PACKED_BYTES, PassLimits, type CandidateSize } from './pass-limits';
import { factsFromLogits, unpackFacts, type RowFacts } from './row-facts';
import { otherSizes } from './session-ports';
import { StaticStore } from './static-cache';
import { allFinite, isUniform, notANumber, uniform } from './wrong-numbers';

/**
 * Rows to read after a cache, and what to find out about them. Row numbers count from the first row of the pass, whichever
 * candidate a row belongs to.
 */
export interface Pass {
  readonly rows: number;
  /** [rows, hidden size] */
  readonly embeddings: Float32Array | Tensor;
  /** [position axes, rows]; those of every candidate go on where the past ends. */
  readonly positions: Int32Array;
  /**
   * Rows of each of the candidates that are read in this pass, in order: a row sees all of the past and, of this pass, the rows
   * of its own candidate up to and with itself. Default: one candidate of all rows. More than one takes a decoder that `packs`,
   * and leaves no cache to keep.
   */
  readonly candidates?: readonly number[];
  readonly past: Cache | null;
  readonly logitRows: readonly number[];
  readonly topK: number;
  /** Per logit row, an id whose logit is wanted too. */
  readonly picks?: Uint32Array;
  /** Rows whose attention over the columns start..end of the sequence is wanted, as the mean over all layers and heads or, with `heads`, of each. */
  readonly attention?: { readonly rows: readonly number[]; readonly start: number; readonly end: number; readonly heads?: boolean };
  readonly hidden?: boolean;
  /** All logits of `logitRows` too, though they are as many as the vocabulary has tokens. */
  readonly allLogits?: boolean;
  readonly keepCache?: boolean;
  /** False when nothing about the rows is wanted, only the cache. */
  readonly facts?: boolean;
}

export interface PassResult {
  readonly facts: RowFacts;
  /** [attention rows, columns] or [layers, heads, attention rows, columns]; empty when not asked for. */
  readonly attention: Float32Array;
  /** [logit rows, hidden size]; empty when not asked for. */
  readonly hidden: Float32Array;
  /** [logit rows, vocabulary]; empty when not asked for. */
  readonly logits: Float32Array;
  readonly cache: Cache | null;
}

const NO_NUMBERS = new Float32Array();

export class Decoder {
  readonly #turns = pLimit(1);
  readonly #inputs: FeedBuffers;
  readonly #masks: PassMasks;
  readonly #limits: PassLimits;
  bytesReadBack = 0;

  private constructor(
    readonly runtime: Runtime,
    readonly config: ModelConfig,
    readonly session: Session,
    readonly readout: GpuReadout | null,
    readonly caches: CacheStore,
    /** Whether a pass may have more than one candidate: whether the graph takes a mask that keeps them apart. */
    readonly packs: boolean,
    /** The graph's file, for what is said about it. */
    readonly fileName: string,
  ) {
    this.#inputs = new FeedBuffers(runtime);
    this.#masks = new PassMasks(this.#inputs, session);
    this.#limits = new PassLimits(runtime, config, packs);
  }

  /** Instruments the plain graph and loads it. Throws BAD_MODEL and what `Runtime.create` throws. */
  static async open(
    runtime: Runtime,
    config: ModelConfig,
    graph: GraphSource,
    options: Pick<InstrumentOptions, 'attention' | 'fuse'>,
  ): Promise<Decoder> {
    const { bytes, cache, packs, files, onProcessor } = instrumentDecoder(graph.bytes, config, graph.name, options);
    const layers = Array.from({ length: config.layers }, (_, layer) => layer);
    const named = (kind: string): string[] => layers.flatMap((layer) => [`${kind}.${layer}.key`, `${kind}.${layer}.value`]);
    const pastNames = named('past_key_values');
    const presentNames = named('present');
    const onGpu = ['logits', OUTPUTS.attention, OUTPUTS.hidden, ...presentNames];
    const session = await runtime.create(bytes, graph.name, {
      placement: Object.fromEntries(onGpu.map((name) => [name, 'gpu'])),
      externalData: joinFiles(graph.data, files, graph.name),
      onProcessor,
    });
    const readout = runtime.device ? await GpuReadout.open(runtime.device) : null;
    const { keyValueHeads, headSize } = config;
    const type = session.inputType(pastNames[0]) === 'float16' ? 'float16' : 'float32';
    const layout: CacheLayout = { pastNames, presentNames, type, keyValueHeads, headSize };
    const inPlace = cache === 'in-place' && runtime.device !== null;
    const store = inPlace ? new StaticStore(runtime, layout) : new GrowingStore(runtime, layout);
    return new Decoder(runtime, config, session, readout, store, packs, graph.name);
  }

  /**
   * Runs one pass. The past is left as it was; a kept cache must be given back with `free`. Throws WRONG_NUMBERS on NaN and
   * where all tokens are equally probable, BAD_MODEL for logits of another vocabulary, BAD_INPUT when the past and the longest candidate are longer than the model's length, INTERNAL when the candidates do not
   * add up to the rows, are to leave a cache, are more than `split` puts together, or the graph cannot keep them apart.
   */
  run(pass: Pass): Promise<PassResult> {
    return this.#turns(() => this.#run(pass));
  }

  /**
   * Splits candidates that follow `past` into passes: per pass the indices of its candidates, in order. Together they have at
   * most `mostRows` rows (default: 256 on WASM, where more is slower, no bound on a GPU), and lead to no tensor larger than
   * MOST_PACKED_BYTES or the device's bindings. Where the graph takes no mask, each candidate gets a pass of its own.
   */
  split(past: Cache | null, sizes: readonly CandidateSize[], mostRows?: number): number[][] {
    return this.#limits.split(past?.length ?? 0, sizes, mostRows);
  }

  async #run(pass: Pass): Promise<PassResult> {
    this.#limits.check(pass);
    const cache = await this.caches.begin(pass.past, pass.rows, pass.keepCache ?? false);
    let outputs: Outputs = {};
    try {
      const wanted = [
        ...(pass.facts === false ? [] : ['logits']),
        ...(pass.attention ? [OUTPUTS.attention] : []),
        ...(pass.hidden ? [OUTPUTS.hidden] : []),
      ];
      const fetches = { ...Object.fromEntries(wanted.map((name) => [name, null])), ...cache.fetches };
      outputs = await this.session.run(this.#feeds(pass, cache), fetches);
      if (outputs['logits']) this.#checkVocabulary(outputs['logits']);
      const result = pass.facts === false ? null : this.runtime.device ? await this.#readGpu(pass, outputs) : this.#readCpu(pass, outputs);
      if (result && !allFinite(result)) throw notANumber(this.fileName);
      if (result && isUniform(result.facts, pass.topK, this.config.vocabularySize)) throw uniform(this.fileName);
      const kept = cache.end(outputs);
      return {
        facts: result?.facts ?? NO_FACTS,
        attention: result?.attention ?? NO_NUMBERS,
        hidden: result?.hidden ?? NO_NUMBERS,
        logits: result?.logits ?? NO_NUMBERS,
        cache: kept,
      };
    } catch (error) {
      cache.fail(outputs);
      throw error;
    } finally {
      for (const name of ['logits', OUTPUTS.attention, OUTPUTS.hidden]) if (outputs[name]) this.runtime.free(outputs[name]);
    }
  }

  #checkVocabulary({ dims }: Tensor): void {
    const { vocabularySize } = this.config;
    if (dims[2] === vocabularySize) return;
    throw otherSizes(this.fileName, `it gives logits for ${dims[2]} tokens, the config's vocab_size is ${vocabularySize}`);
  }

  free(cache: Cache): void {
    this.caches.free(cache);
  }

  /** Does something with a cache's keys and values, by the names of the graph's inputs, while no pass runs. */
  reading<T>(cache: Cache, job: (feeds: Feeds) => Promise<T>): Promise<T> {
    return this.#turns(() => job(this.caches.read(cache)));
  }

  /** The first `rows` rows of a cache as a cache of their own, to be given back with `free`. */
  share(cache: Cache, rows: number): Promise<Cache> {
    return this.#turns(() => this.caches.share(cache, rows));
  }

  #feeds(pass: Pass, cache: CachePass): Feeds {
    const { Tensor } = this.runtime.ort;
    const { rows, attention, embeddings, candidates = [] } = pass;
    const { positionAxes, layers, heads } = this.config;
    // A prompt's rows come once; those of many candidates come with every step.
    const most = candidates.length > 1 ? MOST_PACKED_BYTES : undefined;
    const input = (name: string, values: Float32Array | BigInt64Array, dims: readonly number[]): Tensor =>
      this.#inputs.tensor(name, values, dims, most);
    const numbers = (name: string, values: readonly number[]): Tensor => input(name, BigInt64Array.from(values, BigInt), [values.length]);
    const givenRows = (attention?.rows.length ?? 1) * (attention?.heads ? layers * heads : 1);
    // What our own nodes read on the GPU lies in buffers of ours; the export's own small arithmetic runs on the processor.
    return {
      ...cache.feeds,
      ...this.#masks.feeds(pass, cache.keyRows),
      inputs_embeds:
        embeddings instanceof Float32Array ? input('inputs_embeds', embeddings, [1, rows, this.config.hiddenSize]) : embeddings,
      position_ids: new Tensor(
        'int64',
        BigInt64Array.from(pass.positions, BigInt),
        positionAxes === 1 ? [1, rows] : [positionAxes, 1, rows],
      ),
      [INPUTS.logitRows]: numbers(INPUTS.logitRows, pass.logitRows),
      [INPUTS.wantAttention]: new Tensor('bool', [attention !== undefined], []),
      [INPUTS.givenRows]: input(INPUTS.givenRows, new Float32Array(givenRows), [givenRows]),
      [INPUTS.attentionRows]: numbers(INPUTS.attentionRows, attention?.rows ?? []),
      [INPUTS.columns]: numbers(
        INPUTS.columns,
        attention ? Array.from({ length: attention.end - attention.start }, (_, i) => attention.start + i) : [0],
      ),
    };
  }

  async #readGpu(pass: Pass, outputs: Outputs): Promise<Omit<PassResult, 'cache'>> {
    const rows = pass.logitRows.length;
    const extraNames = [
      ...(pass.attention ? [OUTPUTS.attention] : []),
      ...(pass.hidden ? [OUTPUTS.hidden] : []),
      ...(pass.allLogits ? ['logits'] : []),
    ];
    const extras = extraNames.map((name) => ({ buffer: outputs[name].gpuBuffer, bytes: outputs[name].size * 4 }));
    const job = {
      logits: outputs['logits'].gpuBuffer,
      rows,
      vocabulary: outputs['logits'].dims[2],
      k: pass.topK,
      picks: pass.picks ?? null,
    };
    const readout = this.readout as GpuReadout;
    const back = await this.runtime.exclusive('reading a pass', () => readout.read(job, extras));
    this.bytesReadBack += back.facts.byteLength + back.extras.reduce((sum, extra) => sum + extra.byteLength, 0);
    const found = new Map(extraNames.map((name, index) => [name, new Float32Array(back.extras[index])]));
    return {
      facts: unpackFacts(back.facts, rows, pass.topK),
      attention: found.get(OUTPUTS.attention) ?? NO_NUMBERS,
      hidden: found.get(OUTPUTS.hidden) ?? NO_NUMBERS,
      logits: found.get('logits') ?? NO_NUMBERS,
    };
  }

  #readCpu(pass: Pass, outputs: Outputs): Omit<PassResult, 'cache'> {
    const numbers = (name: string, wanted: boolean): Float32Array => (wanted ? (outputs[name].data as Float32Array) : NO_NUMBERS);
    return {
      facts: factsFromLogits(outputs['logits'].data as Float32Array, pass.logitRows.length, pass.topK, pass.picks ?? null),
      attention: numbers(OUTPUTS.attention, pass.attention !== undefined),
      hidden: numbers(OUTPUTS.hidden, pass.hidden === true),
      logits: numbers('logits', pass.allLogits === true),
    };
  }

  async close(): Promise<void> {
    await this.session.release();
    this.caches.close();
    this.#inputs.close();
    this.readout?.close();
  }
}

const NO_FACTS: RowFacts = {
  topLogits: NO_NUMBERS,
  topIds: new Uint32Array(),
  logSumExp: NO_NUMBERS,
  entropy: NO_NUMBERS,
  picked: NO_NUMBERS,
};
