// Reads long prompts in pieces of few rows: lavapipe compiles the attention kernel for 32 rows and more for 40 s, all others in a second.
import { Decoder, type Pass, type PassResult } from '../../models/decoder/decoder';

/** Rows of a piece. The kernel for fewer than 32 rows is the one that suffixes and answers use. */
const ROWS = 24;

/** From now on every decoder's long passes of which only the cache is wanted are run in pieces, each after the one before it. */
export function readInPieces(): void {
  const { run } = Decoder.prototype;
  Decoder.prototype.run = async function (this: Decoder, pass: Pass): Promise<PassResult> {
    if (pass.rows <= ROWS || pass.facts !== false || !(pass.embeddings instanceof Float32Array)) return run.call(this, pass);
    const width = pass.embeddings.length / pass.rows;
    let result: PassResult | null = null;
    for (let start = 0; start < pass.rows; start += ROWS) {
      const end = Math.min(start + ROWS, pass.rows);
      const past: Pass['past'] = result === null ? pass.past : result.cache;
      const positions = [0, 1, 2].flatMap((axis) => [...pass.positions.subarray(axis * pass.rows + start, axis * pass.rows + end)]);
      const piece: PassResult = await run.call(this, {
        ...pass,
        rows: end - start,
        embeddings: pass.embeddings.subarray(start * width, end * width),
        positions: Int32Array.from(positions),
        past,
        logitRows: [end - start - 1],
        keepCache: true,
      });
      if (result?.cache) this.free(result.cache);
      result = piece;
    }
    return result as PassResult;
  };
}
