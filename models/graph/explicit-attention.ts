// Finds the softmax of every layer in a decoder whose attention is written out in standard operators.
import type { DecoderShape } from './shape';
import { unlike } from './refuse';
import { whole, type NodeRecord, type Wiring } from './wiring';

/** One layer's written-out attention. */
export interface ExplicitLayer {
  readonly softmax: NodeRecord;
  /** [1, heads, rows, total rows]: what each row of a pass attends to. */
  readonly shares: string;
}

/** Kernels that do not give their attention weights. */
const CLOSED = new Set([
  'Attention',
  'MultiHeadAttention',
  'DecoderMaskedMultiHeadAttention',
  'DecoderMaskedSelfAttention',
  'PackedAttention',
  'PackedMultiHeadAttention',
  'PagedAttention',
  'SparseAttention',
]);
const PRODUCTS = new Set(['MatMul', 'FusedMatMul']);
/** Between the product of queries and keys and the softmax: scale, mask, casts. */
const ON_SCORES = new Set(['Cast', 'Add', 'Sub', 'Mul', 'Div', 'Where', 'Identity', 'Dropout', 'Clip', 'Max', 'Min']);
/** Between the softmax and the product with the values. */
const ON_SHARES = new Set(['Cast', 'Mul', 'Where', 'Identity', 'Dropout']);
/** Between a cache and a product: joining new rows to it, repeating heads, turning, scaling. Rotation (Add) is not among them. */
const LAYOUT = new Set([
  'Transpose',
  'Reshape',
  'Expand',
  'Unsqueeze',
  'Squeeze',
  'Flatten',
  'Tile',
  'Cast',
  'Identity',
  'Slice',
  'Gather',
]);
const JOINING = new Set(['Concat', 'Mul', 'Div']);
const CACHE = /^past_key_values\.(\d+)\.(key|value)$/;

/**
 * Each softmax is known by where it leads: its scores come from a product with `past_key_values.N.key`, its attention weights go into
 * one with `past_key_values.N.value`. Throws BAD_MODEL naming the node that differs, or the layer that has none.
 */
export function readExplicitLayers(wiring: Wiring, shape: DecoderShape): ExplicitLayer[] {
  const found = new Map<number, NodeRecord>();
  for (const entry of wiring.nodes) {
    const { node } = entry;
    if (CLOSED.has(node.opType)) {
      throw unlike(
        node.name,
        `attention is computed by ${node.opType}, which keeps to itself what a row attends to`,
        'Use an export with GroupQueryAttention, or with attention written out as MatMul and Softmax.',
      );
    }
    if (node.opType !== 'Softmax') continue;
    const layer = layerOf(wiring, entry);
    if (layer === null) continue;
    const other = found.get(layer);
    if (other) throw unlike(node.name, `it is a second softmax over layer ${layer}'s keys, beside ${other.node.name}`);
    check(wiring, entry, layer, shape);
    found.set(layer, entry);
  }
  return Array.from({ length: shape.layers }, (_, layer) => {
    const softmax = found.get(layer);
    if (!softmax) throw unlike(`layer ${layer}`, 'there is neither a GroupQueryAttention node nor a Softmax over the cached keys');
    return { softmax, shares: softmax.node.output[0] };
  });
}

/** The layer whose keys a softmax's scores come from; null when it has nothing to do with a cache. */
function layerOf(wiring: Wiring, { node }: NodeRecord): number | null {
  const layers = new Set<number>();
  for (const product of upwards(wiring, node.input[0], ON_SCORES, ON_SCORES).filter((entry) => PRODUCTS.has(entry.node.opType))) {
    for (const side of product.node.input) {
      const cache = cacheBehind(wiring, side);
      if (cache?.part === 'key') layers.add(cache.layer);
    }
  }
  if (layers.size > 1) throw unlike(node.name, `its scores come from the keys of layers ${[...layers].join(' and ')}`);
  return [...layers][0] ?? null;
}

function check(wiring: Wiring, { node }: NodeRecord, layer: number, shape: DecoderShape): void {
  const shares = node.output[0];
  const axis = whole(node, 'axis', wiring.opset < 13 ? 1 : -1);
  if (axis !== -1 && axis !== 3) throw unlike(node.name, `the softmax runs over axis ${axis}, expected the last of four`);
  if (layer >= shape.layers) throw unlike(node.name, `it belongs to layer ${layer}, the config says ${shape.layers} layers`);
  const product = downwards(wiring, shares, ON_SHARES).find(({ entry, through }) => {
    if (!PRODUCTS.has(entry.node.opType)) return false;
    const cache = cacheBehind(wiring, entry.node.input[entry.node.input[0] === through ? 1 : 0]);
    return cache?.part === 'value' && cache.layer === layer;
  });
  if (!product) throw unlike(node.name, `its attention weights do not meet the values of layer ${layer} in a MatMul`);
  for (const part of ['key', 'value'] as const) {
    const present = `present.${layer}.${part}`;
    const cache = cacheBehind(wiring, present);
    if (cache?.layer !== layer || cache.part !== part) throw unlike(present, `it does not grow out of past_key_values.${layer}.${part}`);
  }
  const heads = headsOf(wiring, shares, product.entry, shape.headSize);
  if (heads !== null && heads !== shape.heads) throw unlike(node.name, `it has ${heads} heads, the config says ${shape.heads}`);
}

/** Heads by the declared shape of the attention weights, or else by the width that the output projection takes; null where neither tells. */
function headsOf(wiring: Wiring, shares: string, product: NodeRecord, headSize: number): number | null {
  const declared = wiring.dims(shares);
  if (typeof declared?.[1] === 'number' && declared.length === 4) return declared[1];
  const ends = downwards(wiring, product.node.output[0], new Set(['Transpose', 'Reshape', 'Cast', 'Identity']));
  const widths = ends.map(({ entry, through }) => (entry.node.input[0] === through ? inputWidth(wiring, entry) : null));
  const width = widths.find((found) => found !== null) ?? null;
  return width === null ? null : width / headSize;
}

/** How many numbers of a row a projection takes; null when its weight's sizes are not to be had. */
function inputWidth(wiring: Wiring, { node }: NodeRecord): number | null {
  if (node.opType === 'MatMulNBits') return whole(node, 'K', 0);
  if (node.opType !== 'MatMul' && node.opType !== 'Gemm') return null;
  let name = node.input[1];
  let turned = node.opType === 'Gemm' && whole(node, 'transB', 0) === 1;
  for (let entry = wiring.producer(name); entry; entry = wiring.producer(name)) {
    if (!['Transpose', 'Cast', 'Identity', 'DequantizeLinear'].includes(entry.node.opType)) return null;
    if (entry.node.opType === 'Transpose') turned = !turned;
    name = entry.node.input[0];
  }
  const sizes = wiring.weight(name);
  return sizes?.length === 2 ? sizes[turned ? 1 : 0] : null;
}

function cacheBehind(wiring: Wiring, name: string): { layer: number; part: string } | null {
  let found: { layer: number; part: string } | null = null;
  upwards(wiring, name, LAYOUT, JOINING, (tensor) => {
    const match = CACHE.exec(tensor);
    if (match) found = { layer: Number(match[1]), part: match[2] };
  });
  return found;
}

/**
 * Follows a tensor up through the operators of `first` (by their first input) and of `all` (by every input).
 * Returns the nodes where it stops; `meet` hears every tensor on the way.
 */
function upwards(
  wiring: Wiring,
  from: string,
  first: ReadonlySet<string>,
  all: ReadonlySet<string>,
  meet: (tensor: string) => void = () => undefined,
): NodeRecord[] {
  const ends = new Set<NodeRecord>();
  const seen = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    meet(name);
    const entry = wiring.producer(name);
    if (!entry) continue;
    if (all.has(entry.node.opType)) open.push(...entry.node.input);
    else if (first.has(entry.node.opType)) open.push(entry.node.input[0]);
    else ends.add(entry);
  }
  return [...ends];
}

/** Follows a tensor down through the operators of `pass`; the nodes where it stops, and as what they read it. */
function downwards(wiring: Wiring, from: string, pass: ReadonlySet<string>): { entry: NodeRecord; through: string }[] {
  const ends: { entry: NodeRecord; through: string }[] = [];
  const seen = new Set<string>();
  const open = [from];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    for (const entry of wiring.readers(name)) {
      if (pass.has(entry.node.opType)) open.push(entry.node.output[0]);
      else ends.push({ entry, through: name });
    }
  }
  return ends;
}
