// The detail of a step of interleaved latent reasoning, as views read it; what it may hold is said in detail-schema.ts.
import type { StepEvent } from '../../events/events';
import type { IvtlrDetail } from './detail-schema';

export type { IvtlrDetail };

/** The detail of a step of this method; null for a step of another. */
export function ivtlrDetail(step: Pick<StepEvent, 'detail'>): IvtlrDetail | null {
  // Typed by what has been checked: details are made by `describeStep`, or read by the schema of detail-schema.ts.
  return step.detail?.kind === 'ivtlr' ? (step.detail as IvtlrDetail) : null;
}

/** Attention that the row which chose pays to what it chose, at its places in the prompt. */
export const pickedAttention = ({ picks }: Pick<IvtlrDetail, 'picks'>): number => picks.reduce((sum, { attention }) => sum + attention, 0);
