// How far a next-token distribution is from the one it should be, and the same over all positions of stored answers.

/** What `python -m recipes.smollm2` writes to `reference/reference.json`. */
export interface Reference {
  readonly vocabulary: number;
  readonly prompts: readonly {
    readonly text: string;
    readonly ids: readonly number[];
    /** Greedy tokens after `ids`, with the end token when it came. */
    readonly tokens: readonly number[];
  }[];
}

/** One position: the token with the largest logit, and how far the distribution is from the reference's. */
export interface ComparedRow {
  readonly token: number;
  /** Kullback-Leibler divergence of the distribution from the reference's, in nats. */
  readonly divergence: number;
  /** Largest difference of a logit. */
  readonly error: number;
}

/** The positions of one stored answer, in order. */
export interface Followed {
  readonly rows: readonly ComparedRow[];
}

export interface Summary {
  readonly prompts: number;
  readonly positions: number;
  /** Prompts all of whose tokens are the reference's. */
  readonly alike: number;
  /** Positions whose first choice is the reference's. */
  readonly same: number;
  readonly meanDivergence: number;
  readonly largestDivergence: number;
  readonly largestError: number;
}

/** `logits` and `expected` are [vocabulary]; sums are in double precision. */
export function compareRow(logits: Float32Array, expected: Float32Array): ComparedRow {
  const ours = logSumExp(logits);
  const theirs = logSumExp(expected);
  let [divergence, error, token] = [0, 0, 0];
  for (let id = 0; id < expected.length; id += 1) {
    const value = expected[id] - theirs;
    divergence += Math.exp(value) * (value - (logits[id] - ours));
    error = Math.max(error, Math.abs(logits[id] - expected[id]));
    if (logits[id] > logits[token]) token = id;
  }
  return { token, divergence, error };
}

function logSumExp(logits: Float32Array): number {
  const most = logits.reduce((largest, logit) => Math.max(largest, logit), -Infinity);
  return most + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0));
}

/** Over the first `found.length` prompts of `reference`. NaN anywhere makes the mean NaN. */
export function summarise(reference: Reference, found: readonly Followed[]): Summary {
  const pairs = found.map(({ rows }, index) => rows.map((row, i) => ({ row, right: row.token === reference.prompts[index].tokens[i] })));
  const all = pairs.flat();
  return {
    prompts: found.length,
    positions: all.length,
    alike: pairs.filter((prompt) => prompt.every(({ right }) => right)).length,
    same: all.filter(({ right }) => right).length,
    meanDivergence: all.reduce((sum, { row }) => sum + row.divergence, 0) / all.length,
    largestDivergence: Math.max(...all.map(({ row }) => row.divergence)),
    largestError: Math.max(...all.map(({ row }) => row.error)),
  };
}
