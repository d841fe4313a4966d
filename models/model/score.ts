// Log-probabilities of given tokens after a context, teacher-forced.
import type { AbortSignalLike, Row } from '../../src/model/latent-model';
import type { Cache } from '../decoder/cache';
import type { KeptContext } from './kept-context';
import type { PassReader } from './parts';
import type { Passes } from './passes';
import { columns, resolveRows } from './rows';

/** Logits of at most so many bytes are computed in one pass; longer answers are scored in stretches. */
const SCORE_BYTES = 64 * 2 ** 20;

/** As `LatentModel.score`, after a context that has been found to be the model's own. */
export async function scoreTokens<D extends PassReader>(
  passes: Passes<D>,
  own: KeptContext,
  rows: readonly Row[],
  tokens: Uint32Array,
  signal: AbortSignalLike,
): Promise<Float32Array> {
  const { decoder, info } = passes.parts;
  const { hiddenSize, vocabularySize } = info;
  if (tokens.length === 0) return new Float32Array();
  // The last token is predicted, never read; row rows.length - 1 + t predicts token t.
  const forced = Array.from(tokens.subarray(0, -1), (id): Row => ({ kind: 'token', id }));
  const all = await resolveRows([...rows, ...forced], own.facts, passes.space);
  passes.checkLength(own.length + all.length);
  const logprobs = new Float32Array(tokens.length);
  const stretch = Math.max(1, Math.floor(SCORE_BYTES / (4 * vocabularySize)));
  let past = own.cache;
  let kept: Cache | null = null;
  try {
    for (let from = 0, row = 0; from < tokens.length; from += stretch) {
      const to = Math.min(from + stretch, tokens.length);
      const end = rows.length + to - 1;
      await passes.pause(signal);
      const { facts, cache } = await passes.run({
        rows: end - row,
        embeddings: all.embeddings.subarray(row * hiddenSize, end * hiddenSize),
        positions: columns(all.positions, passes.space.positionAxes, row, end - row),
        past,
        logitRows: Array.from({ length: to - from }, (_, i) => rows.length - 1 + from + i - row),
        topK: 1,
        picks: tokens.subarray(from, to),
        keepCache: to < tokens.length,
      });
      for (let t = from; t < to; t += 1) logprobs[t] = facts.picked[t - from] - facts.logSumExp[t - from];
      if (kept) decoder.free(kept);
      kept = cache;
      if (cache) past = cache;
      row = end;
    }
  } finally {
    if (kept) decoder.free(kept);
  }
  return logprobs;
}
