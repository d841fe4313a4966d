// What interleaved latent reasoning alone tells of its steps, as recordings keep it, and the table of it.
import * as v from 'valibot';
import { attentionFocus, attentionRatio } from '../../attention/shares';
import { count, MOST, size } from '../../events/bounds';
import type { OwnColumns } from '../../events/csv';
import type { StepEvent } from '../../events/events';
import { type AttentionShares, sharesSchema } from '../../events/shares';
import { interleavedLatentSchema, MOST_LATENT_STEPS, MOST_STEP_PATCHES } from '../../model/interleaved-latent';

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

/** The detail of a step of this method; null for a step of another. */
export function ivtlrDetail(step: Pick<StepEvent, 'detail'>): IvtlrDetail | null {
  // Typed by what has been checked: details are made by `describeStep`, or read by the schema above.
  return step.detail?.kind === 'ivtlr' ? (step.detail as IvtlrDetail) : null;
}

/** Attention that the row which chose pays to what it chose, at its places in the prompt. */
export const pickedAttention = ({ picks }: Pick<IvtlrDetail, 'picks'>): number => picks.reduce((sum, { attention }) => sum + attention, 0);

const OF_SHARES: readonly (readonly [name: string, of: (shares: AttentionShares) => number | null])[] = [
  ['attention_image', ({ image }) => image.sum],
  ['attention_inserted', ({ inserted }) => inserted.sum],
  ['attention_latents', ({ latents }) => latents.sum],
  ['attention_text', ({ text }) => text.sum],
  ['attention_ratio', (shares) => attentionRatio(shares, ['image', 'inserted'])],
  ['attention_ratio_per_key', (shares) => attentionRatio(shares, ['image', 'inserted'], true)],
  ['attention_ratio_inserted', (shares) => attentionRatio(shares, ['inserted'])],
  ['focus', (shares) => attentionFocus(shares)],
  ['focus_per_key', (shares) => attentionFocus(shares, true)],
];

const NAMES = ['step', 'picked', 'allowed', 'covered', 'attention_picked', ...OF_SHARES.map(([name]) => name)] as const;

/** A line for each step; the image tokens it chose are joined by spaces. */
export function ivtlrColumns(): OwnColumns {
  return {
    names: [...NAMES, 'hidden_norm', 'rows', 'passes', 'rows_read'],
    cells: (event) => {
      const detail = ivtlrDetail(event);
      if (detail === null) return [event.step];
      const { picks, allowed, covered, shares, hiddenNorm, rows, passes, rowsRead } = detail;
      return [
        event.step,
        picks.map(({ patch }) => patch).join(' '),
        allowed,
        covered,
        pickedAttention(detail),
        ...OF_SHARES.map(([, of]) => (shares === null ? null : of(shares))),
        hiddenNorm,
        rows,
        passes,
        rowsRead,
      ];
    },
  };
}
