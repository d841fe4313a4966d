// The toy model's gradient, by differences.
import type { Row } from '../../src/model/latent-model';

/** How far a number is moved to both sides: the toy's own numbers are rounded to float32. */
const DIFFERENCE = 1 / 64;

/** [rows, hidden size] the slope of a reward by every number of the rows' embeddings, each row [hidden size]. */
export function slopes(
  rows: readonly Row[],
  embeddings: readonly Float32Array[],
  rewardAt: (rows: readonly Row[]) => number,
): Float32Array {
  return Float32Array.from(
    embeddings.flatMap((embedding, row) =>
      Array.from(embedding, (_, i) => {
        const at = (step: number): number => {
          const data = embedding.slice();
          data[i] += step;
          return rewardAt(rows.map((one, index) => (index === row ? { kind: 'vector', data } : one)));
        };
        return (at(DIFFERENCE) - at(-DIFFERENCE)) / (2 * DIFFERENCE);
      }),
    ),
  );
}
