// Token ids to embedding rows, through the export's embed_tokens graph.
import type { Tensor } from 'onnxruntime-common';
import { fault } from '../../src/errors';
import { withFloatPorts } from '../graph/float-ports';
import { DataType } from '../graph/nodes';
import type { Wiring } from '../graph/wiring';
import type { GraphSource, Runtime, Session } from '../runtime/runtime';
import type { ModelConfig } from './model-config';
import { checkPorts, otherSizes } from './session-ports';

/** Most rows of the table that are looked at for its standard deviation (src/README.md, "Units"). */
const SAMPLE = 4096;
/** Rows of it that are read at once: the runtime keeps a buffer as large as the largest output for good. */
const AT_ONCE = 256;

export class Embedder {
  private constructor(
    readonly runtime: Runtime,
    readonly session: Session,
    readonly config: ModelConfig,
    /** The graph's file, for what is said about it. */
    readonly fileName: string,
  ) {}

  /** Loads the graph; its rows are float32 whatever its type. Throws BAD_MODEL and what `Runtime.create` throws. */
  static async open(runtime: Runtime, config: ModelConfig, graph: GraphSource): Promise<Embedder> {
    const { bytes, wiring, ...ports } = withFloatPorts(graph.bytes, graph.name);
    checkPorts(ports, graph.name, { input_ids: DataType.INT64 }, ['inputs_embeds']);
    const rows = tableRows(wiring);
    if (rows !== null && rows < config.vocabularySize) {
      throw otherSizes(graph.name, `its table has ${rows} rows, the config's vocab_size is ${config.vocabularySize}`);
    }
    const session = await runtime.create(bytes, graph.name, { placement: { inputs_embeds: 'gpu' }, externalData: graph.data });
    return new Embedder(runtime, session, config, graph.name);
  }

  /**
   * [1, ids, hidden size], left on the device; give it back with `free`. Throws BAD_INPUT for an id outside the vocabulary, BAD_MODEL when
   * the rows have another width than the config says.
   */
  async tensor(ids: Uint32Array): Promise<Tensor> {
    const outside = ids.find((id) => id >= this.config.vocabularySize);
    if (outside !== undefined) {
      throw fault(
        'BAD_INPUT',
        `Token id ${outside} is outside the vocabulary of ${this.config.vocabularySize}.`,
        "Use ids from this model's own tokenizer.",
      );
    }
    const feed = new this.runtime.ort.Tensor('int64', BigInt64Array.from(ids, BigInt), [1, ids.length]);
    const rows = (await this.session.run({ input_ids: feed }, ['inputs_embeds']))['inputs_embeds'];
    const { hiddenSize } = this.config;
    if (rows.size === ids.length * hiddenSize && rows.dims.at(-1) === hiddenSize) return rows;
    this.free(rows);
    throw otherSizes(this.fileName, `it gives rows of ${rows.dims.at(-1)} numbers, the config's hidden_size is ${hiddenSize}`);
  }

  /** [ids, hidden size] */
  async rows(ids: Uint32Array): Promise<Float32Array> {
    return ids.length === 0 ? new Float32Array() : this.runtime.take(await this.tensor(ids));
  }

  /** Gives a tensor of `tensor` back. */
  free(tensor: Tensor): void {
    this.runtime.free(tensor);
  }

  /** Releases the session. */
  close(): Promise<void> {
    return this.session.release();
  }

  /** Population standard deviation of the entries of rows floor(j * V / m), j = 0..m-1, m = min(V, 4096). */
  async standardDeviation(): Promise<number> {
    const vocabulary = this.config.vocabularySize;
    const sample = Math.min(vocabulary, SAMPLE);
    const ids = Uint32Array.from({ length: sample }, (_, j) => Math.floor((j * vocabulary) / sample));
    let [count, sum, squares] = [0, 0, 0];
    for (let from = 0; from < sample; from += AT_ONCE) {
      for (const value of await this.rows(ids.subarray(from, from + AT_ONCE))) {
        count += 1;
        sum += value;
        squares += value * value;
      }
    }
    return Math.sqrt(squares / count - (sum / count) ** 2);
  }
}

/** Rows of the table that the token ids choose from; null where the graph does not show it. */
function tableRows(wiring: Wiring): number | null {
  const [reader] = wiring.readers('input_ids');
  const chooses = reader?.node.opType === 'Gather' || reader?.node.opType === 'GatherBlockQuantized';
  return chooses ? (wiring.weight(reader.node.input[0])?.[0] ?? null) : null;
}
