// What only reading and exporting recordings of interleaved latent reasoning needs: what its steps may tell, their check, their table.
import { attentionFocus, attentionRatio } from '../../attention/shares';
import type { OwnColumns } from '../../events/csv';
import type { AttentionShares } from '../../events/shares';
import type { RecordedPart } from '../method';
import { checkIvtlrRun } from './check-run';
import { ivtlrDetail, pickedAttention } from './detail';
import { ivtlrDetailSchema } from './detail-schema';

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
function ivtlrColumns(): OwnColumns {
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

export const ivtlrRecorded: RecordedPart = { detail: ivtlrDetailSchema, checkRun: checkIvtlrRun, columns: ivtlrColumns };
