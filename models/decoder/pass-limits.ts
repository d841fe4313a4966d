// How much one pass may hold: the model's length, the candidates that go together, and which passes are refused.
import { fault } from '../../src/errors';
import type { Runtime } from '../runtime/runtime';

/** What one candidate asks of a pass. */
export interface CandidateSize {
  readonly rows: number;
  /** Rows that reach the vocabulary's matrix product; default 0. */
  readonly logitRows?: number;
  /** Rows whose attention is read; default 0. */
  readonly attentionRows?: number;
}

/** What decides how large a pass's tensors become. */
export interface PackingModel {
  readonly layers: number;
  readonly heads: number;
  readonly vocabularySize: number;
}

/**
 * The largest single tensor that packing may lead to, in bytes: the scores of one layer where attention is taken apart, the
 * chosen rows' logits, or the scores of the attention read-out. A device that binds less at a time sets a lower bound.
 */
export const MOST_PACKED_BYTES = 256 * 2 ** 20;

/**
 * Rows of several candidates that a processor reads best together: with more, the scores between candidates, computed and
 * thrown away, cost more than sharing the weights saves.
 */
const ROWS_ON_PROCESSOR = 256;

/** Bytes of the largest tensor of a pass over `sizes` together, `before` rows preceding it. */
export function packedBytes(sizes: readonly CandidateSize[], before: number, model: PackingModel): number {
  const sum = (part: keyof CandidateSize): number => sizes.reduce((total, size) => total + (size[part] ?? 0), 0);
  const keys = before + sum('rows');
  const scores = model.heads * sum('rows') * keys;
  const readOut = model.layers * model.heads * sum('attentionRows') * keys;
  return 4 * Math.max(scores, readOut, sum('logitRows') * model.vocabularySize);
}

/**
 * Splits candidates into passes: per pass the indices of its candidates, in order, each as many as `fits` allows. A candidate
 * that does not fit by itself gets a pass of its own.
 */
export function packInto<Size>(sizes: readonly Size[], fits: (together: readonly Size[]) => boolean): number[][] {
  const passes: number[][] = [];
  let together: Size[] = [];
  sizes.forEach((size, index) => {
    together = [...together, size];
    if (together.length > 1 && fits(together)) {
      passes[passes.length - 1].push(index);
      return;
    }
    together = [size];
    passes.push([index]);
  });
  return passes;
}

/** What a pass is judged by; as in `Pass`. */
interface JudgedPass {
  readonly rows: number;
  readonly past: { readonly length: number } | null;
  readonly candidates?: readonly number[];
  readonly logitRows: readonly number[];
  readonly attention?: { readonly rows: readonly number[] };
  readonly keepCache?: boolean;
}

export class PassLimits {
  constructor(
    readonly runtime: Pick<Runtime, 'device'>,
    readonly model: PackingModel & { readonly maxLength: number },
    readonly packs: boolean,
  ) {}

  /** As `Decoder.split`. */
  split(before: number, sizes: readonly CandidateSize[], mostRows = this.runtime.device ? Infinity : ROWS_ON_PROCESSOR): number[][] {
    const rowsOf = (together: readonly CandidateSize[]): number => together.reduce((sum, { rows }) => sum + rows, 0);
    return packInto(sizes, (together) => this.packs && rowsOf(together) <= mostRows && this.#fits(before, together));
  }

  #fits(before: number, sizes: readonly CandidateSize[]): boolean {
    const bound = Math.min(MOST_PACKED_BYTES, this.runtime.device?.limits.maxStorageBufferBindingSize ?? Infinity);
    return packedBytes(sizes, before, this.model) <= bound;
  }

  /** Throws BAD_INPUT or INTERNAL, as `Decoder.run`, for a pass that the model or the graph cannot take. */
  check({ past, rows, candidates = [rows], keepCache = false, logitRows, attention }: JudgedPass): void {
    const before = past?.length ?? 0;
    const sum = candidates.reduce((all, size) => all + size, 0);
    if (sum !== rows || !candidates.every((size) => Number.isInteger(size) && size > 0)) {
      throw refused(`candidates of ${candidates.join(' + ') || 'no'} rows do not make a pass of ${rows} rows`);
    }
    const longest = before + candidates.reduce((most, size) => Math.max(most, size), 0);
    if (longest > this.model.maxLength) {
      throw fault(
        'BAD_INPUT',
        `The sequence would have ${longest} rows; this model reads at most ${this.model.maxLength}.`,
        'Shorten the question, use a smaller picture or fewer patches.',
      );
    }
    if (candidates.length < 2) return;
    const what = `${candidates.length} candidates cannot be read in one pass`;
    if (!this.packs) throw refused(`${what}: the model's attention takes no mask that keeps them apart`);
    if (keepCache) throw refused(`${what} whose cache is kept: they are no sequence`);
    const size = { rows, logitRows: logitRows.length, attentionRows: attention?.rows.length ?? 0 };
    if (!this.#fits(before, [size])) throw refused(`${what} of ${rows} rows: its tensors would be too large`);
  }
}

function refused(what: string) {
  return fault('INTERNAL', `A pass was refused: ${what}.`, 'Run again, and report it if it happens again.', { retry: true });
}
