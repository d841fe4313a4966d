// What steps and sentences attend to as the points of a chart and the lines of a table: the attention ratio R and the focus F.
import { sentenceAttention } from '../../src/attention/sentences';
import { attentionFocus, attentionRatio } from '../../src/attention/shares';
import type { StepEvent } from '../../src/events/events';
import type { RunState } from '../../src/events/fold';
import { SHARED_KINDS } from '../../src/events/kinds';
import type { AttentionShares } from '../../src/events/shares';
import type { MethodView } from './method-view';

/** A number as it is, and with the number of rows taken out of it. */
export interface TotalAndEach {
  readonly total: number | null;
  readonly each: number | null;
}

export interface AttentionPoint {
  /** The step whose row it is; null: the tokens of a sentence. */
  readonly step: number | null;
  /** The sentence; null for a step. */
  readonly sentence: string | null;
  /** Attention to all image rows, of the prompt and inserted, by that to all others. */
  readonly ratio: TotalAndEach;
  readonly focus: TotalAndEach;
  /** Rows that are attended to, the mean over a sentence. */
  readonly keys: number;
}

const IMAGE = ['image', 'inserted'] as const;

function pointOf(shares: AttentionShares, step: number | null, sentence: string | null): AttentionPoint {
  return {
    step,
    sentence,
    ratio: { total: attentionRatio(shares, IMAGE), each: attentionRatio(shares, IMAGE, true) },
    focus: { total: attentionFocus(shares), each: attentionFocus(shares, true) },
    keys: SHARED_KINDS.reduce((sum, kind) => sum + shares[kind].keys, 0),
  };
}

/** A point for each step whose row's attention was measured. */
export function stepPoints(steps: readonly StepEvent[], sharesOf: MethodView['shares']): readonly AttentionPoint[] {
  return steps.flatMap((step) => {
    const shares = sharesOf(step);
    return shares === null ? [] : [pointOf(shares, step.step, null)];
  });
}

/** A point for each sentence of a run's answer whose attention was measured: the means over its tokens. */
export function sentencePoints({ streams, attention }: Pick<RunState, 'streams' | 'attention'>): readonly AttentionPoint[] {
  return sentenceAttention(streams.answer.tokens, attention).map(({ text, shares }) => pointOf(shares, null, text.trim()));
}
