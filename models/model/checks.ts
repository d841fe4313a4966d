// What may be asked about rows; said before anything is computed.
import { fault } from '../../src/errors';
import type { Candidate, Context, ModelInfo, Want } from '../../src/model/latent-model';

/** Most of the largest logits a pass returns. */
export const MOST_TOP = 64;

/** Throws BAD_INPUT when a candidate overflows the model's length, asks for rows it does not have, or wants what cannot be given. */
export function checkCandidate(
  { rows, logitRows, attentionRows = [] }: Candidate,
  context: Pick<Context, 'length' | 'image'>,
  want: Want,
  { maxLength, vocabularySize }: Pick<ModelInfo, 'maxLength' | 'vocabularySize'>,
): void {
  const outside = [...logitRows, ...attentionRows].find((row) => !Number.isInteger(row) || row < 0 || row >= rows.length);
  if (logitRows.length === 0 || outside !== undefined) {
    throw fault(
      'BAD_INPUT',
      outside === undefined ? 'No row was asked for.' : `Row ${outside} is not one of the ${rows.length} rows of the candidate.`,
      'Ask for rows of the candidate, at least one.',
    );
  }
  if (context.length + rows.length > maxLength) {
    throw fault(
      'BAD_INPUT',
      `Prompt and think tokens have ${context.length + rows.length} rows; this model reads at most ${maxLength}.`,
      'Shorten the question, use a smaller picture or fewer patches.',
    );
  }
  if (attentionRows.length > 0 && want.keys !== 'all' && context.image === null) {
    throw fault('BAD_INPUT', 'Attention over the image was asked for, but the prompt has no picture.', 'Give a picture.');
  }
  const most = Math.min(MOST_TOP, vocabularySize);
  if (!Number.isInteger(want.topK) || want.topK < 1 || want.topK > most) {
    throw fault('BAD_INPUT', `${want.topK} largest logits were asked for.`, `Ask for 1 to ${most}.`);
  }
}
