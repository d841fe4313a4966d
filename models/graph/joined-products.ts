// 4-bit matrix products that read the same rows, joined into one: key, query and value; gate and up.
import { clone, create, toBinary } from '@bufbuild/protobuf';
import type { JoinedWeights } from './joined-weights';
import { DataType, int64s, node } from './nodes';
import { AttributeProtoSchema, NodeProtoSchema, type NodeProto } from './onnx_pb';
import type { Rewrite } from './rewrite';
import { whole, type NodeRecord, type Wiring } from './wiring';
import type { Weight } from './weights';

/** A product whose weights can be joined with another's, and the addition of its bias. */
export interface Product {
  readonly entry: NodeRecord;
  readonly add: NodeRecord | null;
  /** [1, rows, columns] */
  readonly output: string;
  readonly columns: number;
  /** Blocks, scales, zero points and bias, in the order of the operator's inputs; null where it has none. */
  readonly weights: readonly (Weight | null)[];
}

/** Positions of the operator's inputs that are weights. */
const WEIGHTS = { blocks: 1, scales: 2, zeroPoints: 3, order: 4, bias: 5 } as const;
const name = (part: string): string => `noema/joined/${part}`;

/**
 * The groups of products that read the same rows and can be joined: their weights are stored row by row of the result, so that
 * end to end they are the weights of one product. What is not as expected stays apart: other operators than MatMulNBits,
 * weights that something else reads too or that are no constants, zero points that are not packed row by row.
 */
export function findProducts(wiring: Wiring, weights: JoinedWeights): readonly (readonly Product[])[] {
  const groups = new Map<string, Product[]>();
  for (const entry of wiring.nodes) {
    const [rows] = entry.node.input;
    if (entry.node.opType !== 'MatMulNBits' || !wiring.producer(rows)) continue;
    const product = readProduct(wiring, weights, entry);
    if (!product) continue;
    const key = `${rows}\n${likeness(product)}`;
    const group = groups.get(key);
    if (group) group.push(product);
    else groups.set(key, [product]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}

function readProduct(wiring: Wiring, weights: JoinedWeights, entry: NodeRecord): Product | null {
  const { node: own } = entry;
  const [K, N, bits, size] = ['K', 'N', 'bits', 'block_size'].map((attribute) => whole(own, attribute, attribute === 'bits' ? 4 : 0));
  const blocks = Math.ceil(K / size);
  /** Undefined where a constant is there that cannot be joined. */
  const find = (at: number, counts: readonly number[], reader: NodeRecord, tensor = own.input[at]): Weight | null | undefined => {
    if (!tensor) return null;
    const found = weights.find(tensor);
    const alone = wiring.readers(tensor).every((other) => other === reader) && !wiring.inputs.has(tensor) && !wiring.outputs.has(tensor);
    return found && alone && counts.includes(found.dims.reduce((product, dim) => product * dim, 1)) ? found : undefined;
  };
  if (own.input[WEIGHTS.order] || !(K > 0 && N > 0 && size > 0)) return null;
  const [readBy, ...others] = wiring.readers(own.output[0]);
  const added = others.length === 0 && readBy?.node.opType === 'Add' && !wiring.outputs.has(own.output[0]) && !own.input[WEIGHTS.bias];
  const other = added ? readBy.node.input.find((tensor) => tensor !== own.output[0]) : undefined;
  // A sum with something else than a bias is no matter of the product's.
  const bias = other === undefined ? find(WEIGHTS.bias, [N], entry) : find(WEIGHTS.bias, [N], readBy, other);
  const add = other !== undefined && bias ? readBy : null;
  const zeroPoints = find(WEIGHTS.zeroPoints, [N * Math.ceil((blocks * bits) / 8), N * blocks], entry);
  // Packed, a row's zero points end with its last byte; in floating point there is one to a block.
  const packed = zeroPoints?.type === DataType.UINT8;
  const count = zeroPoints?.dims.reduce((product, dim) => product * dim, 1);
  if (zeroPoints && count !== N * (packed ? Math.ceil((blocks * bits) / 8) : blocks)) return null;
  const found = [
    find(WEIGHTS.blocks, [N * blocks * ((size * bits) / 8)], entry),
    find(WEIGHTS.scales, [N * blocks], entry),
    zeroPoints,
    add ? bias : own.input[WEIGHTS.bias] ? bias : null,
  ];
  if (found.some((weight) => weight === undefined) || !found[0] || !found[1]) return null;
  const output = add ? add.node.output[0] : own.output[0];
  return wiring.outputs.has(output) ? null : { entry, add, output, columns: N, weights: found as (Weight | null)[] };
}

/** What two products must have in common beside the rows they read. */
function likeness({ entry: { node: own }, weights }: Product): string {
  const attributes = own.attribute
    .filter((attribute) => attribute.name !== 'N')
    .map((attribute) => `${attribute.name}=${toBinary(AttributeProtoSchema, attribute).join(' ')}`);
  const kinds = weights.map((weight) => (weight ? `${weight.type}:${weight.dims.slice(1).join('x')}` : ''));
  return [own.domain, ...attributes.toSorted(), ...kinds].join('\n');
}

/**
 * Whether ONNX Runtime joins a pair itself, with what follows it: gate and up in 4-bit blocks of 32 without zero points. Then a
 * row alone is one launch for both and their product, which ours would be in the way of.
 */
export function joinsItself([{ entry, weights }, ...others]: readonly Product[]): boolean {
  return others.length === 1 && weights[2] === null && whole(entry.node, 'bits', 4) === 4 && whole(entry.node, 'block_size', 0) === 32;
}

/** The nodes that a group's products were; they are to be taken out. */
export const nodesOf = (group: readonly Product[]): readonly NodeRecord[] =>
  group.flatMap(({ entry, add }) => (add ? [entry, add] : [entry]));

/** Puts one product in the place of a group; its result, [1, rows, all columns], has theirs side by side in the group's order. */
export function joinProducts(rewrite: Rewrite, weights: JoinedWeights, group: readonly Product[]): string {
  const [first] = group;
  const own = clone(NodeProtoSchema, first.entry.node);
  const output = name(first.output);
  const columns = group.reduce((sum, product) => sum + product.columns, 0);
  const joined = first.weights.map((weight, at) => {
    if (!weight) return '';
    const parts = group.map((product) => product.weights[at] as Weight);
    const rows = parts.reduce((sum, { dims }) => sum + dims[0], 0);
    weights.join(name(weight.name), [rows, ...weight.dims.slice(1)], parts);
    return name(weight.name);
  });
  const [blocks, scales, zeroPoints, bias] = joined;
  own.name = output;
  own.output = [output];
  own.input = [own.input[0], blocks, scales, zeroPoints, '', bias];
  while (own.input.at(-1) === '') own.input.pop();
  own.attribute = own.attribute.map((attribute) =>
    attribute.name === 'N' ? create(AttributeProtoSchema, { name: 'N', type: attribute.type, i: BigInt(columns) }) : attribute,
  );
  rewrite.before(firstOf(group), [own]);
  return output;
}

/** Takes a joined product's result apart into the tensors that the group's products gave. */
export function splitProducts(rewrite: Rewrite, group: readonly Product[], output: string, known: Set<string>): void {
  const sizes = group.map(({ columns }) => columns);
  const constant = name(`columns_${sizes.join('_')}`);
  const { opset } = rewrite.wiring;
  if (opset >= 13 && !known.has(constant)) rewrite.constants([int64s(constant, sizes)]);
  known.add(constant);
  const split: NodeProto = node(
    'Split',
    opset < 13 ? [output] : [output, constant],
    `${output}/parts`,
    opset < 13 ? { axis: -1, split: sizes } : { axis: -1 },
  );
  split.output = group.map((product) => product.output);
  rewrite.before(firstOf(group), [split]);
}

/** The group's node that stands first in the file: all of them read the same rows. */
function firstOf(group: readonly Product[]): NodeRecord {
  return group.reduce((first, { entry }) => (entry.record.start < first.record.start ? entry : first), group[0].entry);
}
