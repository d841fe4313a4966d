// One pass over several candidates taken apart into a reading of each.
import type { Candidate, Context, ModelInfo, Reading, Want } from '../../src/model/latent-model';
import type { PassResult } from '../decoder/decoder';

/** The columns of the sequence whose attention a pass of so many rows after a context reads. */
export function keysOf({ image, length }: Pick<Context, 'image' | 'length'>, rows: number, { keys }: Want): { start: number; end: number } {
  if (keys === 'all') return { start: 0, end: length + rows };
  return image === null ? { start: 0, end: 0 } : { start: image.start, end: image.start + image.length };
}

/** The readings of the candidates in the order in which their rows were read. */
export function splitReadings(
  { facts, attention, hidden }: PassResult,
  candidates: readonly Candidate[],
  want: Want,
  { hiddenSize, layers, heads }: Pick<ModelInfo, 'hiddenSize' | 'layers' | 'heads'>,
  context: Pick<Context, 'image' | 'length'>,
): Reading[] {
  const { topK } = want;
  const planes = want.attention === 'heads' ? layers * heads : 1;
  const allRows = candidates.reduce((sum, candidate) => sum + (candidate.attentionRows?.length ?? 0), 0);
  const together = candidates.reduce((sum, { rows }) => sum + rows.length, 0);
  const { start: from, end: to } = keysOf(context, together, want);
  const columns = to - from;
  let start = context.length;
  let row = 0;
  let attentionRow = 0;
  return candidates.map(({ rows, logitRows, attentionRows = [] }) => {
    const end = row + logitRows.length;
    const share = rowsOf(attention, planes, allRows, columns, attentionRow, attentionRows.length);
    const reading: Reading = {
      topLogits: facts.topLogits.slice(row * topK, end * topK),
      topIds: facts.topIds.slice(row * topK, end * topK),
      logSumExp: facts.logSumExp.slice(row, end),
      entropy: facts.entropy.slice(row, end),
      attention: want.keys === 'all' ? ownKeys(share, columns, context.length, start, rows.length) : share,
      hidden: want.hidden === true ? hidden.slice(row * hiddenSize, end * hiddenSize) : new Float32Array(),
    };
    row = end;
    start += rows.length;
    attentionRow += attentionRows.length;
    return reading;
  });
}

/** Rows start..start+count of [planes, rows, columns], as [planes, count, columns]. */
function rowsOf(values: Float32Array, planes: number, rows: number, columns: number, start: number, count: number): Float32Array {
  const part = new Float32Array(planes * count * columns);
  for (let plane = 0; plane < planes; plane += 1) {
    const from = (plane * rows + start) * columns;
    part.set(values.subarray(from, from + count * columns), plane * count * columns);
  }
  return part;
}

/** Of [lines, columns] the columns of the context and those of the candidate at start..start+count, as [lines, context + count]. */
function ownKeys(values: Float32Array, columns: number, context: number, start: number, count: number): Float32Array {
  const width = context + count;
  if (width === columns) return values;
  const lines = values.length / columns;
  const part = new Float32Array(lines * width);
  for (let line = 0; line < lines; line += 1) {
    part.set(values.subarray(line * columns, line * columns + context), line * width);
    part.set(values.subarray(line * columns + start, line * columns + start + count), line * width + context);
  }
  return part;
}
