// The latent steps: each reads what the last one appended, chooses image tokens by its last row, and appends both parts of its own.
import { kindsOf, sharesOf } from '../../attention/shares';
import type { AttentionShares } from '../../events/shares';
import type { Random } from '../../math/random';
import type { AbortSignalLike, Context, LatentModel, Reading, Row, Want } from '../../model/latent-model';
import { barredPatches, choosePatches } from './choose';
import type { LatentPlan } from './plan';

/** Likely tokens of a hidden state that are told. */
const TOP_TOKENS = 10;
const WANT: Want = { topK: TOP_TOKENS, hidden: true, keys: 'all' };

/** What one step read and what it appends. */
export interface LatentPart {
  /** Facts about the row whose hidden state is fed back. */
  readonly reading: Reading;
  /** [hidden size] after the final norm. */
  readonly hidden: Float32Array;
  /** [image tokens] attention of that row over the prompt's image; empty without one. */
  readonly attention: Float32Array;
  /** What that row attends to. */
  readonly shares: AttentionShares;
  /** Image tokens that could be chosen. */
  readonly allowed: number;
  /** Those that were, in order. */
  readonly patches: readonly number[];
  /** What is appended, in order. */
  readonly rows: readonly Row[];
  /** Rows of the sequence with these. */
  readonly length: number;
}

/** What the answer follows: rows that have been read, and those of the last step, which have not. */
export interface Interleaved {
  /** The prompt's context, or a longer one that the caller releases. */
  readonly context: Context;
  readonly rows: readonly Row[];
  /** Whether all steps were taken; false when no image tokens were left to append. */
  readonly complete: boolean;
}

/**
 * Takes the steps of a plan after a prompt: one pass each, over the rows that the step before appended (the first reads the closing). Image
 * tokens keep their embeddings and take the next positions. The rows of the last step are left to the answer's first pass.
 * @param tell what is yielded of a step
 * @throws what `LatentModel.advance` rejects with; no context stays open then, nor when the steps are left early
 */
export async function* interleave<T>(
  model: Pick<LatentModel, 'advance'>,
  prompt: Context,
  plan: LatentPlan,
  random: () => Random,
  signal: AbortSignalLike,
  tell: (part: LatentPart) => T,
): AsyncGenerator<T, Interleaved, undefined> {
  const taken: (readonly number[])[] = [];
  let context = prompt;
  let rows: readonly Row[] = prompt.closing.rows;
  let given = false;
  try {
    for (let step = 1; step <= plan.steps; step++) {
      const last = rows.length - 1;
      const read = await model.advance(context, { rows, logitRows: [last], attentionRows: [last] }, WANT, signal);
      const part = nextPart(context, rows, read.reading, plan, taken, random);
      if (part.rows.length === 0) {
        read.context.release();
        given = true;
        return { context, rows, complete: false };
      }
      if (context !== prompt) context.release();
      context = read.context;
      rows = part.rows;
      taken.push(part.patches);
      yield tell(part);
    }
    given = true;
    return { context, rows, complete: true };
  } finally {
    if (!given && context !== prompt) context.release();
  }
}

function nextPart(
  context: Context,
  read: readonly Row[],
  reading: Reading,
  plan: LatentPlan,
  taken: readonly (readonly number[])[],
  random: () => Random,
): LatentPart {
  const { image, length } = context;
  const { hidden } = reading;
  const attention = image === null ? new Float32Array() : reading.attention.slice(image.start, image.start + image.length);
  const barred = barredPatches(taken, plan.reuse);
  const patches = plan.vision ? choosePatches(attention, barred, plan.patches, plan.choice, random) : [];
  const rows = partRows(plan, hidden, patches);
  return {
    reading,
    hidden,
    attention,
    shares: sharesOf(reading.attention, kindsOf(context, read)),
    allowed: plan.vision ? attention.length - barred.size : 0,
    patches,
    rows,
    length: length + read.length + rows.length,
  };
}

/** The rows of one step: its hidden state, or whatever stands in its place, and its image tokens, in the plan's order. */
export function partRows({ order, text }: Pick<LatentPlan, 'order' | 'text'>, latent: Float32Array, patches: readonly number[]): Row[] {
  const vector: Row[] = text ? [{ kind: 'vector', data: latent }] : [];
  const images = patches.map((index): Row => ({ kind: 'image', index, position: 'next' }));
  return order === 'paper' ? [...vector, ...images] : [...images, ...vector];
}
