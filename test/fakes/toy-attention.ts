// What a row of the toy model attends to.
import { logSumExp } from '../../src/math/stats';

/** The probabilities exp(x) / sum exp(x). */
export function softmax(logits: ArrayLike<number>): Float32Array {
  const total = logSumExp(logits);
  return Float32Array.from(logits, (logit) => Math.exp(logit - total));
}

/**
 * Attention of row `row` over all rows: half of it over the image's, by their scores, and half over every row up to itself, by its state (all of
 * it without an image). `after` rows that it does not see have none.
 */
export function overAllRows(scores: readonly number[], imageStart: number, state: Float32Array, row: number, after: number): Float32Array {
  const spoiled = scores.some(Number.isNaN) ? Number.NaN : 0;
  const shares = softmax(Array.from({ length: row + 1 }, (_, key) => spoiled + Math.sin(key + 3 * state[key % state.length])));
  const image = softmax(scores);
  const keys = new Float32Array(row + 1 + after);
  shares.forEach((share, key) => (keys[key] = image.length > 0 ? share / 2 : share));
  image.forEach((share, index) => (keys[imageStart + index] += share / 2));
  return keys;
}
