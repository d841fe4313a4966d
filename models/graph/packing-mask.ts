// Lets a mask of ours into a decoder's attention, so that candidates read in one pass do not see one another.
import type { DecoderAnatomy } from './anatomy';
import type { ExplicitLayer } from './explicit-attention';
import type { FusedLayer } from './fused-attention';
import { DataType, int64s, node } from './nodes';
import { PACKING_MASK } from './ports';
import type { Rewrite } from './rewrite';
import { whole, type NodeRecord, type Wiring } from './wiring';

/** GroupQueryAttention's optional input that is added to the scores, [1, 1, rows, total] and no other size. */
const BIAS = 10;
const FLOATS: readonly DataType[] = [DataType.FLOAT, DataType.FLOAT16];
const OTHER_FLOATS: readonly number[] = [DataType.FLOAT16, DataType.BFLOAT16, DataType.DOUBLE];
const name = (part: string): string => `noema/packing/${part}`;

/**
 * Adds the input PACKING_MASK to the scores of every layer, once a pass where layers share their mask. Returns the element
 * type that it is to be declared with; null, with the graph left as it was, where its attention does not show where or in
 * which type.
 */
export function takePackingMask(rewrite: Rewrite, { attention, cacheType }: DecoderAnatomy): DataType | null {
  return attention.kind === 'fused' ? biasFused(rewrite, attention.layers, cacheType) : maskExplicit(rewrite, attention.layers);
}

/**
 * The kernel's bias: the export's own with our mask added, or our mask expanded to the size that the kernel insists on. A pass
 * of one candidate feeds a single zero either way.
 */
function biasFused(rewrite: Rewrite, layers: readonly FusedLayer[], type: DataType): DataType | null {
  const { wiring } = rewrite;
  const bare = layers.filter(({ node: { node: own } }) => !own.input[BIAS]);
  if (bare.length > 0 && !(wiring.inputs.has('attention_mask') && wiring.inputs.has('position_ids'))) return null;
  const known = new Map<string, string>();
  // In the file's order, so that what the first reader needs stands before it.
  for (const entry of wiring.nodes) {
    if (!layers.some((layer) => layer.node === entry)) continue;
    const own = entry.node.input[BIAS] ?? '';
    const bias = known.get(own) ?? name(`bias_${known.size}`);
    if (!known.has(own)) rewrite.before(entry, own ? [node('Add', [own, PACKING_MASK], bias)] : expand(rewrite, bias));
    known.set(own, bias);
    const edited = rewrite.edit(entry);
    edited.input = Array.from({ length: Math.max(BIAS + 1, edited.input.length) }, (_, i) => (i === BIAS ? bias : (edited.input[i] ?? '')));
  }
  return type;
}

/** Our mask as [1, 1, rows, total], by the sizes of what else is fed. */
function expand(rewrite: Rewrite, bias: string) {
  rewrite.constants([int64s(name('ones'), [1, 1]), int64s(name('rows_axis'), [2]), int64s(name('total_axis'), [1])]);
  return [
    node('Shape', ['position_ids'], name('positions_shape')),
    node('Gather', [name('positions_shape'), name('rows_axis')], name('rows')),
    node('Shape', ['attention_mask'], name('attention_shape')),
    node('Gather', [name('attention_shape'), name('total_axis')], name('total')),
    node('Concat', [name('ones'), name('rows'), name('total')], name('sizes'), { axis: 0 }),
    node('Expand', [PACKING_MASK, name('sizes')], bias),
  ];
}

/** What is added to the scores before the softmax gets our mask added; the scores themselves where nothing is. */
function maskExplicit(rewrite: Rewrite, layers: readonly ExplicitLayer[]): DataType | null {
  const { wiring } = rewrite;
  const typeOf = ({ softmax: { node: own } }: ExplicitLayer): DataType =>
    [own.input[0], own.output[0]].map((tensor) => wiring.type(tensor)).find((type) => FLOATS.includes(type)) ?? inferred(rewrite);
  const types = new Set(layers.map(typeOf));
  const [type] = types;
  if (types.size !== 1 || !FLOATS.includes(type)) return null;
  for (const [index, { softmax }] of layers.entries()) {
    const added = maskBefore(rewrite, softmax.node.input[0]);
    const reader = added?.entry ?? softmax;
    const at = added?.at ?? 0;
    const masked = name(`layers.${index}/mask`);
    rewrite.before(reader, [node('Add', [reader.node.input[at], PACKING_MASK], masked)]);
    rewrite.edit(reader).input[at] = masked;
  }
  return type;
}

/** FLOAT where a graph that declares nothing inside meets no other type of numbers, else UNDEFINED. */
function inferred({ wiring }: Rewrite): DataType {
  const ports = [...wiring.inputs.values(), ...wiring.outputs.values()].some(({ type }) => OTHER_FLOATS.includes(type));
  const casts = wiring.nodes.some(({ node: own }) => own.opType === 'Cast' && OTHER_FLOATS.includes(whole(own, 'to', 0)));
  return ports || casts ? DataType.UNDEFINED : DataType.FLOAT;
}

/** The sum of scores and mask that a softmax reads, and which of its inputs is the mask: the one without a matrix product. */
function maskBefore({ wiring }: Rewrite, scores: string): { entry: NodeRecord; at: 0 | 1 } | null {
  const entry = wiring.producer(scores);
  if (entry?.node.opType !== 'Add') return null;
  const products = entry.node.input.map((tensor) => leadsToProduct(wiring, tensor));
  if (products[0] === products[1]) return null;
  return { entry, at: products[0] ? 1 : 0 };
}

/** Whether a tensor is a matrix product, scaled or cast. */
function leadsToProduct(wiring: Wiring, from: string): boolean {
  const seen = new Set<string>();
  const open = [from];
  for (let tensor = open.pop(); tensor !== undefined; tensor = open.pop()) {
    if (seen.has(tensor)) continue;
    seen.add(tensor);
    const node = wiring.producer(tensor)?.node;
    if (node?.opType === 'MatMul' || node?.opType === 'FusedMatMul') return true;
    if (node && ['Mul', 'Div', 'Cast'].includes(node.opType)) open.push(...node.input);
  }
  return false;
}
