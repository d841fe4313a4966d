// The inputs and outputs that instrumentation adds to a decoder graph.
import { DataType, valueInfo } from './nodes';
import type { ValueInfoProto } from './onnx_pb';

/** Inputs added to the graph. Row numbers count from the first row of the pass. */
export const INPUTS = {
  /** int64 [r]: rows that reach the vocabulary's matrix product. */
  logitRows: 'noema.logit_rows',
  /** bool []: whether the attention read-out is computed. */
  wantAttention: 'noema.want_attention',
  /** float32 [n], of which only the shape counts: a of the mean over layers and heads, or layers * heads * a of each. */
  givenRows: 'noema.given_rows',
  /** int64 [a]: rows whose attention is read; none when it is not wanted. */
  attentionRows: 'noema.attention_rows',
  /**
   * Where the read-out computes the scores itself: float32 [a, total rows]: 0 where a row may look, a large negative number where it may not. A cache that is written in place
   * may be longer; the mask has any number of columns from the sequence's length to the cache's.
   */
  attentionMask: 'noema.attention_mask',
  /** int64 [c]: columns (rows of the sequence) that are read. Indices, not a Slice's bounds: those would be fetched off the GPU. */
  columns: 'noema.columns',
} as const;

/** Input of a graph with plain attention alone: float32 [rows, total rows], as `attentionMask`, for every row of the pass. */
export const CAUSAL_MASK = 'noema.causal_mask';

/**
 * Input of a graph that masks later rows itself: what is added to the scores beside, [1, 1, rows, total rows] in the type of the
 * scores, or a single zero [1, 1, 1, 1] where there is nothing to keep apart.
 */
export const PACKING_MASK = 'noema.packing_mask';

/** Outputs of the instrumented graph beside the cache. */
export const OUTPUTS = {
  /** float32 [1, r, hidden size], after the final norm */
  hidden: 'noema.hidden',
  /**
   * float32 [a, columns]: mean over layers and heads of the softmaxed attention; [layers * heads * a, columns] with as
   * many `givenRows`; [1, 1] when not wanted
   */
  attention: 'noema.attention',
} as const;

/** How a graph's attention is read: by scores of our own, or from attention weights it has anyway, which `plain` attention computes by our mask. */
export type Reading = 'scores' | 'shares' | 'plain';

/**
 * The declarations of the added inputs; `packing` is the type of PACKING_MASK where the graph takes it. What no node reads is
 * not declared: a device would be asked for it in vain.
 */
export function addedInputs(reading: Reading, packing: DataType | null): ValueInfoProto[] {
  return [
    ...(packing === null ? [] : [valueInfo(PACKING_MASK, packing, [1, 1, 'packing_rows', 'packing_columns'])]),
    ...(reading === 'plain' ? [valueInfo(CAUSAL_MASK, DataType.FLOAT, ['causal_rows', 'causal_columns'])] : []),
    valueInfo(INPUTS.logitRows, DataType.INT64, ['logit_rows']),
    valueInfo(INPUTS.wantAttention, DataType.BOOL, []),
    valueInfo(INPUTS.givenRows, DataType.FLOAT, ['given_rows']),
    valueInfo(INPUTS.attentionRows, DataType.INT64, ['attention_rows']),
    ...(reading === 'scores' ? [valueInfo(INPUTS.attentionMask, DataType.FLOAT, ['attention_rows', 'attention_columns'])] : []),
    valueInfo(INPUTS.columns, DataType.INT64, ['columns']),
  ];
}

/** The declarations of the added outputs. */
export function addedOutputs(): ValueInfoProto[] {
  return [
    valueInfo(OUTPUTS.hidden, DataType.FLOAT, [1, 'logit_rows', 'hidden_size']),
    valueInfo(OUTPUTS.attention, DataType.FLOAT, ['read_rows', 'read_columns']),
  ];
}
