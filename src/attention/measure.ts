// What the answer attends to while it is written: one teacher-forced reading of its rows after it is there (src/README.md).
import { throwIfAborted } from '../errors';
import type { RunEventOf } from '../events/events';
import type { AbortSignalLike, Context, LatentModel, Row } from '../model/latent-model';
import { kindsOf, sharesOf } from './shares';

/** An answer that was decoded. */
export interface AttendingAnswer {
  /** What the rows follow. */
  readonly context: Context;
  /** Rows before the answer, at least one. */
  readonly rows: readonly Row[];
  readonly tokens: Uint32Array;
}

/** Attention of at most so many bytes is computed in one pass; longer answers are read in stretches. */
const READ_BYTES = 64 * 2 ** 20;

/**
 * Yields for every token what the row that gave it attends to. All rows before the answer and its tokens but the last are read again, in as
 * few passes as memory allows: far cheaper than reading attention with every token that is decoded.
 */
export async function* answerAttention(
  model: Pick<LatentModel, 'advance' | 'info'>,
  { context, rows, tokens }: AttendingAnswer,
  signal: AbortSignalLike,
): AsyncGenerator<RunEventOf<'attention'>, void, undefined> {
  if (tokens.length === 0) return;
  const all = [...rows, ...Array.from(tokens.subarray(0, -1), (id): Row => ({ kind: 'token', id }))];
  const kinds = kindsOf(context, all, rows.length);
  const keys = context.length + all.length;
  const stretch = Math.max(1, Math.floor(READ_BYTES / (4 * model.info.layers * model.info.heads * keys)));
  const first = rows.length - 1;
  let past = context;
  try {
    for (let from = 0, read = 0; from < tokens.length; from += stretch) {
      throwIfAborted(signal);
      const to = Math.min(from + stretch, tokens.length);
      const end = first + to;
      const part = all.slice(read, end);
      const attentionRows = Array.from({ length: to - from }, (_, index) => first + from + index - read);
      const candidate = { rows: part, logitRows: [part.length - 1], attentionRows };
      const { reading, context: longer } = await model.advance(past, candidate, { topK: 1, keys: 'all' }, signal);
      if (past !== context) past.release();
      past = longer;
      const width = context.length + end;
      for (const [index, row] of attentionRows.entries()) {
        // Rows after the token's own are of no use to it.
        const seen = reading.attention.subarray(index * width, index * width + width - part.length + row + 1);
        yield { type: 'attention', index: from + index, shares: sharesOf(seen, kinds) };
      }
      read = end;
    }
  } finally {
    if (past !== context) past.release();
  }
}
