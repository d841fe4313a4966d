// One pass of the instrumented decoder: rows in after a cache, facts about chosen rows out, the longer cache kept when wanted.
import type { Tensor } from 'onnxruntime-common';
import { fault } from '../../src/errors';
import { instrumentDecoder, type InstrumentOptions } from '../graph/instrument';
import { joinFiles } from '../graph/joined-weights';
import { CAUSAL_MASK, INPUTS, OUTPUTS } from '../graph/ports';
import { FeedBuffers } from '../runtime/feed-buffers';
import { GpuReadout } from '../runtime/gpu-readout';
import { Queue } from '../runtime/queue';
import type { Feeds, GraphSource, Outputs, Runtime, Session } from '../runtime/runtime';
import type { Cache, CacheLayout, CachePass, CacheStore } from './cache';
import type { QwenConfig } from '../families/qwen-vl/config';
import { GrowingStore } from './growing-cache';
import { factsFromLogits, unpackFacts, type RowFacts } from './row-facts';
import { StaticStore } from './static-cache';

/** Rows to read after a cache, and what to find out about them. Row numbers count from the first row of the pass. */
export interface Pass {
  readonly rows: number;
  /** [rows, hidden size] */
  readonly embeddings: Float32Array | Tensor;
  /** [3, rows] */
  readonly positions: Int32Array;
  readonly past: Cache | null;
  readonly logitRows: readonly number[];
  readonly topK: number;
  /** Per logit row, an id whose logit is wanted too. */
  readonly picks?: Uint32Array;
  /** Rows whose attention over the columns start..end of the sequence is wanted. */
  readonly attention?: { readonly rows: readonly number[]; readonly start: number; readonly end: number };
  readonly hidden?: boolean;
  readonly keepCache?: boolean;
  /** False when nothing about the rows is wanted, only the cache. */
  readonly facts?: boolean;
}

export interface PassResult {
  readonly facts: RowFacts;
  /** [attention rows, columns]; empty when not asked for. */
  readonly attention: Float32Array;
  /** [logit rows, hidden size]; empty when not asked for. */
  readonly hidden: Float32Array;
  readonly cache: Cache | null;
}

const BLOCKED = -1e9;
const NO_NUMBERS = new Float32Array();

export class Decoder {
  #ones = new BigInt64Array(1024).fill(1n);
  readonly #turns = new Queue();
  readonly #inputs: FeedBuffers;
  bytesReadBack = 0;

  private constructor(
    readonly runtime: Runtime,
    readonly config: QwenConfig,
    readonly session: Session,
    readonly readout: GpuReadout | null,
    readonly caches: CacheStore,
  ) {
    this.#inputs = new FeedBuffers(runtime);
  }

  /** Instruments the plain graph and loads it. Throws BAD_MODEL and what `Runtime.create` throws. */
  static async open(
    runtime: Runtime,
    config: QwenConfig,
    graph: GraphSource,
    options: Pick<InstrumentOptions, 'attention' | 'fuse'>,
  ): Promise<Decoder> {
    const { bytes, cache, files, onProcessor } = instrumentDecoder(graph.bytes, config, graph.name, options);
    const layers = Array.from({ length: config.layers }, (_, layer) => layer);
    const named = (kind: string): string[] => layers.flatMap((layer) => [`${kind}.${layer}.key`, `${kind}.${layer}.value`]);
    const pastNames = named('past_key_values');
    const presentNames = named('present');
    const onGpu = ['logits', OUTPUTS.attention, OUTPUTS.hidden, ...presentNames];
    const session = await runtime.create(bytes, graph.name, {
      placement: Object.fromEntries(onGpu.map((name) => [name, 'gpu'])),
      externalData: joinFiles(graph.data, files),
      onProcessor,
    });
    const readout = runtime.device ? await GpuReadout.open(runtime.device) : null;
    const { keyValueHeads, headSize } = config;
    const type = session.inputType(pastNames[0]) === 'float16' ? 'float16' : 'float32';
    const layout: CacheLayout = { pastNames, presentNames, type, keyValueHeads, headSize };
    const inPlace = cache === 'in-place' && runtime.device !== null;
    return new Decoder(runtime, config, session, readout, inPlace ? new StaticStore(runtime, layout) : new GrowingStore(runtime, layout));
  }

  /** Runs one pass. The past is left as it was; a kept cache must be given back with `free`. Throws WRONG_NUMBERS on NaN. */
  run(pass: Pass): Promise<PassResult> {
    return this.#turns.run(() => this.#run(pass));
  }

  async #run(pass: Pass): Promise<PassResult> {
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
      const result = pass.facts === false ? null : this.runtime.device ? await this.#readGpu(pass, outputs) : this.#readCpu(pass, outputs);
      if (result && !allFinite(result)) throw notANumber();
      const kept = cache.end(outputs);
      return {
        facts: result?.facts ?? NO_FACTS,
        attention: result?.attention ?? NO_NUMBERS,
        hidden: result?.hidden ?? NO_NUMBERS,
        cache: kept,
      };
    } catch (error) {
      cache.fail(outputs);
      throw error;
    } finally {
      for (const name of ['logits', OUTPUTS.attention, OUTPUTS.hidden]) if (outputs[name]) this.runtime.free(outputs[name]);
    }
  }

  free(cache: Cache): void {
    this.caches.free(cache);
  }

  #feeds(pass: Pass, cache: CachePass): Feeds {
    const { Tensor } = this.runtime.ort;
    const { past, rows, attention, embeddings } = pass;
    const before = past?.length ?? 0;
    const total = before + rows;
    const input = (name: string, values: Float32Array | BigInt64Array, dims: readonly number[]): Tensor =>
      this.#inputs.tensor(name, values, dims);
    const numbers = (name: string, values: readonly number[]): Tensor => input(name, BigInt64Array.from(values, BigInt), [values.length]);
    // What our own nodes read on the GPU lies in buffers of ours; the export's own small arithmetic runs on the processor.
    const feeds: Record<string, Tensor> = {
      ...cache.feeds,
      inputs_embeds:
        embeddings instanceof Float32Array ? input('inputs_embeds', embeddings, [1, rows, this.config.hiddenSize]) : embeddings,
      position_ids: new Tensor('int64', BigInt64Array.from(pass.positions, BigInt), [3, 1, rows]),
      [INPUTS.logitRows]: numbers(INPUTS.logitRows, pass.logitRows),
      [INPUTS.wantAttention]: new Tensor('bool', [attention !== undefined], []),
      [INPUTS.attentionRows]: numbers(INPUTS.attentionRows, attention?.rows ?? []),
      [INPUTS.columns]: numbers(
        INPUTS.columns,
        attention ? Array.from({ length: attention.end - attention.start }, (_, i) => attention.start + i) : [0],
      ),
    };
    if (this.session.inputNames.includes(INPUTS.attentionMask)) {
      feeds[INPUTS.attentionMask] = attention
        ? input(INPUTS.attentionMask, causalMask(attention.rows, before, cache.keyRows), [attention.rows.length, cache.keyRows])
        : input(INPUTS.attentionMask, new Float32Array(), [0, 1]);
    }
    // Plain attention is told by a mask of its own what each row may see; the fused kernel wants the export's.
    if (this.session.inputNames.includes(CAUSAL_MASK)) {
      const every = Array.from({ length: rows }, (_, row) => row);
      feeds[CAUSAL_MASK] = input(CAUSAL_MASK, causalMask(every, before, total), [rows, total]);
    }
    if (this.session.inputNames.includes('attention_mask')) feeds['attention_mask'] = new Tensor('int64', this.#mask(total), [1, total]);
    return feeds;
  }

  #mask(total: number): BigInt64Array {
    if (this.#ones.length < total) this.#ones = new BigInt64Array(2 * total).fill(1n);
    return this.#ones.subarray(0, total);
  }

  async #readGpu(pass: Pass, outputs: Outputs): Promise<Omit<PassResult, 'cache'>> {
    const rows = pass.logitRows.length;
    const extraNames = [...(pass.attention ? [OUTPUTS.attention] : []), ...(pass.hidden ? [OUTPUTS.hidden] : [])];
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
    const numbers = back.extras.map((extra) => new Float32Array(extra));
    return {
      facts: unpackFacts(back.facts, rows, pass.topK),
      attention: pass.attention ? (numbers.shift() ?? NO_NUMBERS) : NO_NUMBERS,
      hidden: numbers.shift() ?? NO_NUMBERS,
    };
  }

  #readCpu(pass: Pass, outputs: Outputs): Omit<PassResult, 'cache'> {
    const numbers = (name: string, wanted: boolean): Float32Array => (wanted ? (outputs[name].data as Float32Array) : NO_NUMBERS);
    return {
      facts: factsFromLogits(outputs['logits'].data as Float32Array, pass.logitRows.length, pass.topK, pass.picks ?? null),
      attention: numbers(OUTPUTS.attention, pass.attention !== undefined),
      hidden: numbers(OUTPUTS.hidden, pass.hidden === true),
    };
  }

  async close(): Promise<void> {
    await this.session.release();
    this.caches.close();
    this.#inputs.close();
    this.readout?.close();
  }
}

/** [rows, keys]: 0 up to and with the row itself, blocked after it. */
function causalMask(rows: readonly number[], before: number, keys: number): Float32Array {
  const mask = new Float32Array(rows.length * keys);
  rows.forEach((row, index) => mask.fill(BLOCKED, index * keys + before + row + 1, (index + 1) * keys));
  return mask;
}

const NO_FACTS: RowFacts = {
  topLogits: NO_NUMBERS,
  topIds: new Uint32Array(),
  logSumExp: NO_NUMBERS,
  entropy: NO_NUMBERS,
  picked: NO_NUMBERS,
};

/** Whether everything that came back is a number: a single logit that is none spoils its row's sums. */
function allFinite({ facts, attention, hidden }: Omit<PassResult, 'cache'>): boolean {
  return [facts.logSumExp, facts.entropy, facts.topLogits, attention, hidden].every((numbers) => numbers.every(Number.isFinite));
}

function notANumber() {
  return fault('WRONG_NUMBERS', 'The model computed numbers that are not finite.', 'Load the model in another type, or on WASM.', {
    retry: true,
  });
}
