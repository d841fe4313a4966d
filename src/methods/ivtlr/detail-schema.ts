// What interleaved latent reasoning alone tells of its steps, as recordings keep it.
import * as v from 'valibot';
import { count, MOST, size } from '../../events/bounds';
import { sharesSchema } from '../../events/shares';
import { MOST_LATENT_STEPS, MOST_STEP_PATCHES } from '../../model/interleaved-latent';
import { interleavedLatentSchema } from '../../model/interleaved-schema';

/** An attention, a little above 1 for what 16-bit numbers add. */
const share = v.pipe(v.number(), v.minValue(0), v.maxValue(1.1));

export const ivtlrDetailSchema = v.object({
  kind: v.literal('ivtlr'),
  /** What the model was trained with; null: it was not trained for latent steps. The same in all steps of a run. */
  trained: v.nullable(interleavedLatentSchema),
  /** What the run does, every choice made. The same in all its steps. */
  plan: v.object({
    ...interleavedLatentSchema.entries,
    steps: v.pipe(count, v.maxValue(MOST_LATENT_STEPS)),
    patches: v.pipe(count, v.maxValue(MOST_STEP_PATCHES)),
    text: v.boolean(),
    vision: v.boolean(),
    choice: v.picklist(['attention', 'random', 'all']),
  }),
  /** Image tokens that this step inserted, in order, each with the attention of the row that chose. Empty at the start. */
  picks: v.pipe(v.array(v.object({ patch: count, attention: share })), v.maxLength(MOST.patchesPerLatent)),
  /** Image tokens that this step could choose from. */
  allowed: count,
  /** Different image tokens inserted so far. */
  covered: count,
  /** What the row that chose attends to, over all rows up to itself; null at the start. */
  shares: v.nullable(sharesSchema),
  /** L2 norm of the hidden state of that row, after the final norm; null at the start. */
  hiddenNorm: v.nullable(size),
  /** Root mean square of the L2 norm of token embeddings, to compare it with. */
  embeddingNorm: size,
  /** Rows of the sequence after the step: prompt, closing and all that was appended. */
  rows: count,
  /** Passes and rows read since thinking began; what this step appended is read by the next pass. */
  passes: count,
  rowsRead: count,
});

export type IvtlrDetail = v.InferOutput<typeof ivtlrDetailSchema>;
