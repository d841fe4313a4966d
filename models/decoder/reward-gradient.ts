// The gradient graph: the reward of rows that follow a cache, and its derivative by those rows (models/recipes/graphs/gradient.py).
import type { RewardGradient } from '../../src/model/latent-model';
import type { Feeds, GraphSource, Runtime, Session } from '../runtime/runtime';
import type { Cache } from './cache';
import type { Decoder } from './decoder';
import { notANumber } from './wrong-numbers';

export interface GradientPass {
  readonly rows: number;
  /** [rows, hidden size] */
  readonly embeddings: Float32Array;
  /** [3, rows] */
  readonly positions: Int32Array;
  readonly past: Cache;
  readonly scoredRows: readonly number[];
  readonly topK: number;
}

/** Reads the graph when it is first asked for a gradient, and keeps its session. */
export class GradientReader {
  #opened: Promise<{ readonly session: Session; readonly name: string }> | null = null;

  constructor(
    readonly runtime: Runtime,
    readonly decoder: Pick<Decoder, 'reading'>,
    /** Fetches the graph. */
    readonly source: () => Promise<GraphSource>,
  ) {}

  /** Throws WRONG_NUMBERS where the reward or a derivative is no number, and what fetching and `Runtime.create` throw. */
  async run(pass: GradientPass): Promise<RewardGradient> {
    const { session, name } = await this.#open();
    const outputs = await this.decoder.reading(pass.past, async (cache) => {
      const found = await session.run({ ...cache, ...this.#feeds(pass) }, ['reward', 'gradient']);
      return Promise.all([this.runtime.take(found['reward']), this.runtime.take(found['gradient'])]);
    });
    const [[reward], gradient] = outputs;
    if (!Number.isFinite(reward) || !gradient.every(Number.isFinite)) throw notANumber(name);
    return { reward, gradient };
  }

  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => null);
    await opened?.session.release();
  }

  async #open(): Promise<{ readonly session: Session; readonly name: string }> {
    this.#opened ??= this.source().then(async ({ name, bytes, data }) => ({
      name,
      session: await this.runtime.create(bytes, name, { externalData: data }),
    }));
    try {
      return await this.#opened;
    } catch (error) {
      // What failed once may succeed later: a connection comes back.
      this.#opened = null;
      throw error;
    }
  }

  #feeds({ rows, embeddings, positions, past, scoredRows, topK }: GradientPass): Feeds {
    const { Tensor } = this.runtime.ort;
    const weights = new Float32Array(rows);
    for (const row of scoredRows) weights[row] += 1 / scoredRows.length;
    return {
      inputs_embeds: new Tensor('float32', embeddings, [1, rows, embeddings.length / rows]),
      position_ids: new Tensor('int64', BigInt64Array.from(positions, BigInt), [3, 1, rows]),
      past_length: new Tensor('int64', BigInt64Array.of(BigInt(past.length)), [1]),
      row_weights: new Tensor('float32', weights, [rows]),
      top_k: new Tensor('int64', BigInt64Array.of(BigInt(topK)), [1]),
    };
  }
}
