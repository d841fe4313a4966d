// What is kept of each row's logits: the largest few, the log-sum-exp and the entropy, so that no vocabulary-sized tensor travels.

/** Facts about rows of logits, in row order. */
export interface RowFacts {
  /** [rows, k], descending; equal logits by lower id. */
  readonly topLogits: Float32Array;
  /** [rows, k] */
  readonly topIds: Uint32Array;
  /** [rows] natural log of the sum of exp over the vocabulary */
  readonly logSumExp: Float32Array;
  /** [rows] nats */
  readonly entropy: Float32Array;
  /** [rows] logit of the id that was asked for in `picks`; the largest logit where none was. */
  readonly picked: Float32Array;
}

function emptyFacts(rows: number, k: number): RowFacts {
  return {
    topLogits: new Float32Array(rows * k),
    topIds: new Uint32Array(rows * k),
    logSumExp: new Float32Array(rows),
    entropy: new Float32Array(rows),
    picked: new Float32Array(rows),
  };
}

/**
 * The facts of `logits` [rows, vocabulary], computed here (WASM device; also what the GPU kernel is tested against).
 * Sums are kept in double precision.
 */
export function factsFromLogits(logits: Float32Array, rows: number, k: number, picks: Uint32Array | null): RowFacts {
  const vocabulary = logits.length / rows;
  const facts = emptyFacts(rows, k);
  for (let row = 0; row < rows; row += 1) {
    const line = logits.subarray(row * vocabulary, (row + 1) * vocabulary);
    const top = largest(line, k);
    for (let i = 0; i < k; i += 1) {
      facts.topIds[row * k + i] = top[i];
      facts.topLogits[row * k + i] = line[top[i]];
    }
    const max = line[top[0]];
    let sum = 0;
    let weighted = 0;
    for (const logit of line) {
      const share = Math.exp(logit - max);
      sum += share;
      weighted += share * (logit - max);
    }
    facts.logSumExp[row] = max + Math.log(sum);
    facts.entropy[row] = Math.log(sum) - weighted / sum;
    facts.picked[row] = line[picks ? picks[row] : top[0]];
  }
  return facts;
}

/** Indices of the k largest values, descending; equal values by lower index. Insertion into a short sorted list. */
function largest(values: Float32Array, k: number): Uint32Array {
  const top = new Uint32Array(k);
  let kept = 0;
  for (let index = 0; index < values.length; index += 1) {
    if (kept === k && !(values[index] > values[top[k - 1]])) continue;
    let at = kept < k ? kept : k - 1;
    while (at > 0 && values[index] > values[top[at - 1]]) {
      top[at] = top[at - 1];
      at -= 1;
    }
    top[at] = index;
    if (kept < k) kept += 1;
  }
  return top;
}

/** Facts as the GPU packs them: per row log-sum-exp, entropy, picked logit, k values, k ids, all as 32-bit words. */
export function unpackFacts(words: ArrayBuffer, rows: number, k: number): RowFacts {
  const floats = new Float32Array(words);
  const ids = new Uint32Array(words);
  const facts = emptyFacts(rows, k);
  for (let row = 0; row < rows; row += 1) {
    const at = row * (3 + 2 * k);
    facts.logSumExp[row] = floats[at];
    facts.entropy[row] = floats[at + 1];
    facts.picked[row] = floats[at + 2];
    facts.topLogits.set(floats.subarray(at + 3, at + 3 + k), row * k);
    facts.topIds.set(ids.subarray(at + 3 + k, at + 3 + 2 * k), row * k);
  }
  return facts;
}
