// What every row of a pass may look at, as masks in the form that a graph takes.
import type { Tensor } from 'onnxruntime-common';
import { CAUSAL_MASK, INPUTS, PACKING_MASK } from '../graph/ports';
import type { FeedBuffers } from '../runtime/feed-buffers';
import type { Session } from '../runtime/runtime';
import { MOST_PACKED_BYTES } from './pass-limits';

/** Added to the score of a key that a row may not look at. */
const BLOCKED = -1e9;
/** -57,344 as a 16-bit float, whose largest magnitude is 65,504: every share behind it rounds to zero all the same. */
const BLOCKED_16 = 0xfb00;

/** [rows] For every row of a pass, the row at which its candidate begins. */
export function candidateStarts(candidates: readonly number[]): Int32Array {
  const starts: number[] = [];
  for (const size of candidates) starts.push(...new Array<number>(size).fill(starts.length));
  return Int32Array.from(starts);
}

/**
 * [chosen rows, keys], to be added to scores: 0 for what came before the pass and for the row's own candidate up to and with
 * the row itself, `BLOCKED` for earlier candidates and for all that comes after the row. `before` rows precede the pass.
 */
export function fullMask(chosen: readonly number[], starts: Int32Array, before: number, keys: number): Float32Array {
  const mask = new Float32Array(chosen.length * keys);
  chosen.forEach((row, index) => {
    const line = index * keys;
    mask.fill(BLOCKED, line + before, line + before + starts[row]);
    mask.fill(BLOCKED, line + before + row + 1, line + keys);
  });
  return mask;
}

/**
 * [rows, before + rows], as `fullMask` but for a graph that masks what comes after a row itself: earlier candidates alone are
 * blocked. Half precision as its bits.
 */
export function apartMask(starts: Int32Array, before: number, type: 'float32' | 'float16'): Float32Array | Uint16Array {
  const keys = before + starts.length;
  const mask = type === 'float16' ? new Uint16Array(starts.length * keys) : new Float32Array(starts.length * keys);
  const blocked = type === 'float16' ? BLOCKED_16 : BLOCKED;
  starts.forEach((start, row) => mask.fill(blocked, row * keys + before, row * keys + before + start));
  return mask;
}

/** What the masks of a pass depend on; as in `Pass`. */
interface MaskedPass {
  readonly rows: number;
  readonly past: { readonly length: number } | null;
  readonly candidates?: readonly number[];
  readonly attention?: { readonly rows: readonly number[] };
}

export class PassMasks {
  #ones = new BigInt64Array(1024).fill(1n);
  readonly #packingType: 'float32' | 'float16';

  constructor(
    readonly inputs: FeedBuffers,
    readonly session: Session,
  ) {
    this.#packingType = session.inputType(PACKING_MASK) === 'float16' ? 'float16' : 'float32';
  }

  /** What the graph takes of masks for a pass whose keys have `keyRows` rows, those past its last row blocked. */
  feeds(pass: MaskedPass, keyRows: number): Record<string, Tensor> {
    const { past, rows, attention, candidates } = pass;
    const { inputNames } = this.session;
    const before = past?.length ?? 0;
    const total = before + rows;
    const starts = candidateStarts(candidates ?? [rows]);
    const packed = candidates !== undefined && candidates.length > 1;
    const feeds: Record<string, Tensor> = {};
    const feed = (name: string, values: Float32Array | Uint16Array, dims: readonly number[]): void => {
      feeds[name] = this.inputs.tensor(name, values, dims, packed ? MOST_PACKED_BYTES : undefined);
    };
    if (inputNames.includes(INPUTS.attentionMask)) {
      if (attention) feed(INPUTS.attentionMask, fullMask(attention.rows, starts, before, keyRows), [attention.rows.length, keyRows]);
      else feed(INPUTS.attentionMask, new Float32Array(), [0, 1]);
    }
    // Plain attention is told by a mask of its own what each row may see; other graphs mask later rows themselves.
    if (inputNames.includes(CAUSAL_MASK)) {
      const every = Array.from({ length: rows }, (_, row) => row);
      feed(CAUSAL_MASK, fullMask(every, starts, before, total), [rows, total]);
    }
    if (inputNames.includes(PACKING_MASK)) {
      const type = this.#packingType;
      if (packed) feed(PACKING_MASK, apartMask(starts, before, type), [1, 1, rows, total]);
      else feed(PACKING_MASK, type === 'float16' ? new Uint16Array(1) : new Float32Array(1), [1, 1, 1, 1]);
    }
    if (inputNames.includes('attention_mask')) {
      feeds['attention_mask'] = new this.inputs.runtime.ort.Tensor('int64', this.#mask(total), [1, total]);
    }
    return feeds;
  }

  #mask(total: number): BigInt64Array {
    if (this.#ones.length < total) this.#ones = new BigInt64Array(2 * total).fill(1n);
    return this.#ones.subarray(0, total);
  }
}
