// An answer after a context, token by token on a cache that grows.
import { fault } from '../../src/errors';
import type { AbortSignalLike, GenerateOptions, Row, Token } from '../../src/model/latent-model';
import type { Cache } from '../decoder/cache';
import type { Pass, PassResult } from '../decoder/decoder';
import { chooseToken, logitsWanted, type Chosen } from './choose-token';
import type { KeptContext } from './kept-context';
import type { PassReader } from './parts';
import type { Passes } from './passes';
import { resolveRows } from './rows';

/** As `LatentModel.generate`, after a context that has been found to be the model's own. */
export async function* generateTokens<D extends PassReader>(
  passes: Passes<D>,
  own: KeptContext,
  rows: readonly Row[],
  options: GenerateOptions,
  signal: AbortSignalLike,
): AsyncGenerator<Token, void, undefined> {
  const { decoder, embedder, tokenizer, family, info } = passes.parts;
  const resolved = await resolveRows(rows, own.facts, passes.space);
  const stream = tokenizer.stream();
  const most = Math.min(options.maxNewTokens, roomAfter(own.length + resolved.length, info.maxLength));
  const wanted = logitsWanted(options, family.barred);
  let position = resolved.nextPosition;
  let cache: Cache | null = null;
  let last: number | null = null;
  try {
    for (let index = 0; index < most; index += 1) {
      await passes.pause(signal);
      const next: Pick<Pass, 'rows' | 'embeddings' | 'positions' | 'past'> =
        last === null
          ? { rows: resolved.length, embeddings: resolved.embeddings, positions: resolved.positions, past: own.cache }
          : {
              rows: 1,
              embeddings: await embedder.tensor(Uint32Array.of(last)),
              positions: new Int32Array(passes.space.positionAxes).fill(position++),
              past: cache,
            };
      const result: PassResult = await passes.run({ ...next, ...wanted, logitRows: [next.rows - 1], keepCache: true });
      if (cache) decoder.free(cache);
      cache = result.cache;
      const { id, logprob }: Chosen = await chooseToken(result, options, family.barred, index);
      const ends = family.endTokenIds.has(id);
      yield { index, id, text: ends ? stream.end() : stream.push(id), logprob, ends };
      if (ends) return;
      last = id;
    }
  } finally {
    if (cache) decoder.free(cache);
  }
}

/** Tokens that fit after so many rows, at least one. Throws BAD_INPUT when none does. */
function roomAfter(length: number, maxLength: number): number {
  if (length < maxLength) return maxLength - length;
  throw fault(
    'BAD_INPUT',
    `Prompt and think tokens have ${length} rows; this model has ${maxLength}, which leaves no room for an answer.`,
    'Shorten the question, use a smaller picture or fewer patches.',
  );
}
