// One pass over several candidates taken apart into a reading of each.
import type { Candidate, ModelInfo, Reading, Want } from '../../src/model/latent-model';
import type { PassResult } from '../decoder/decoder';

/** The readings of the candidates in the order in which their rows were read. */
export function splitReadings(
  { facts, attention, hidden }: PassResult,
  candidates: readonly Candidate[],
  want: Want,
  { hiddenSize, layers, heads }: Pick<ModelInfo, 'hiddenSize' | 'layers' | 'heads'>,
  imageTokens: number,
): Reading[] {
  const { topK } = want;
  const planes = want.attention === 'heads' ? layers * heads : 1;
  const allRows = candidates.reduce((sum, candidate) => sum + (candidate.attentionRows?.length ?? 0), 0);
  let row = 0;
  let attentionRow = 0;
  return candidates.map(({ logitRows, attentionRows = [] }) => {
    const end = row + logitRows.length;
    const reading: Reading = {
      topLogits: facts.topLogits.slice(row * topK, end * topK),
      topIds: facts.topIds.slice(row * topK, end * topK),
      logSumExp: facts.logSumExp.slice(row, end),
      entropy: facts.entropy.slice(row, end),
      attention: rowsOf(attention, planes, allRows, imageTokens, attentionRow, attentionRows.length),
      hidden: want.hidden === true ? hidden.slice(row * hiddenSize, end * hiddenSize) : new Float32Array(),
    };
    row = end;
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
