// Walks up from the logits to the vocabulary's matrix product and on to the choice of rows before it.
import { unlike } from './refuse';
import { whole, type NodeRecord, type Wiring } from './wiring';

export interface VocabularyHead {
  /** [1, rows, hidden size] after the final norm, every row of the pass. */
  readonly hidden: string;
  /** The node that takes the rows the vocabulary is computed for, as its first input. */
  readonly reader: NodeRecord;
  /** The nodes that chose those rows, the last one first; empty when all were taken. */
  readonly choice: readonly NodeRecord[];
  /** With a Gemm, which knows two axes: the node that gives the logits their three axes back. */
  readonly unflatten: NodeRecord | null;
}

const PRODUCTS = new Set(['MatMul', 'MatMulNBits', 'Gemm', 'FusedMatMul']);
/** How rows are chosen: as a range, by number, or one by a number without an axis, which is given back to it. */
const CHOICES = new Set(['Slice', 'Gather', 'Unsqueeze']);
/** What the final norm ends with; in standard operators it is the product with its weight. */
const NORMS = new Set([
  'SimplifiedLayerNormalization',
  'SkipSimplifiedLayerNormalization',
  'RMSNormalization',
  'LayerNormalization',
  'SkipLayerNormalization',
  'Mul',
  'Cast',
]);

/** Throws BAD_MODEL naming the node that differs. */
export function findHead(wiring: Wiring): VocabularyHead {
  const produced = (name: string): NodeRecord => {
    const entry = wiring.producer(name);
    if (!entry) throw unlike(`the tensor ${name}`, 'no node computes it');
    return entry;
  };
  /** The node that computes a tensor before any casts. */
  const behindCasts = (name: string): NodeRecord => {
    let found = produced(name);
    while (found.node.opType === 'Cast') found = produced(found.node.input[0]);
    return found;
  };
  let product = behindCasts('logits');
  let unflatten: NodeRecord | null = null;
  if (product.node.opType === 'Reshape') {
    unflatten = product;
    product = behindCasts(product.node.input[0]);
  }
  const { node } = product;
  if (!PRODUCTS.has(node.opType)) throw unlike(node.name, `logits must come from a matrix product, not from ${node.opType}`);
  if ((node.opType === 'Gemm') !== (unflatten !== null)) {
    throw unlike(node.name, 'a Gemm must stand between two Reshapes, any other product between none');
  }

  let reader = product;
  while (wiring.producer(reader.node.input[0])?.node.opType === 'Cast') reader = produced(reader.node.input[0]);
  let source = reader.node.input[0];
  if (unflatten) {
    const flatten = produced(source);
    if (flatten.node.opType !== 'Reshape')
      throw unlike(flatten.node.name, `the rows must reach the Gemm by a Reshape, not by ${flatten.node.opType}`);
    reader = flatten;
    source = flatten.node.input[0];
  }
  const choice: NodeRecord[] = [];
  for (let entry = produced(source); CHOICES.has(entry.node.opType); entry = produced(source)) {
    if (entry.node.opType === 'Gather' && whole(entry.node, 'axis', 0) !== 1) {
      throw unlike(entry.node.name, `rows are gathered along axis ${whole(entry.node, 'axis', 0)}, expected axis 1`);
    }
    choice.push(entry);
    source = entry.node.input[0];
  }
  const norm = produced(source).node;
  if (!NORMS.has(norm.opType)) {
    throw unlike(norm.name, `the rows that the vocabulary is computed for must come from the final norm, not from ${norm.opType}`);
  }
  return { hidden: source, reader, choice, unflatten };
}
