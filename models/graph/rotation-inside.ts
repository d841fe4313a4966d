// Rotary position embedding handed to GroupQueryAttention, whose kernel rotates queries and keys while it writes the cache.
import { clone, create } from '@bufbuild/protobuf';
import type { FusedLayer } from './fused-attention';
import { Likeness } from './likeness';
import { DataType, float32s, int64s, node } from './nodes';
import { AttributeProto_AttributeType as Kind, AttributeProtoSchema, NodeProtoSchema, type NodeProto } from './onnx_pb';
import type { Rewrite } from './rewrite';
import type { DecoderShape } from './shape';
import type { Weights } from './weights';
import { whole, type NodeRecord, type Wiring } from './wiring';

/** How one tensor of heads is rotated, row by row. */
interface Turning {
  /** The operator that rotates, RotaryEmbedding or MRotaryEmbedding of com.microsoft. */
  readonly operator: NodeRecord;
  /** All nodes from what is rotated to the result; they are to be taken out. */
  readonly nodes: readonly NodeRecord[];
  /** [1, rows, heads * head size] */
  readonly source: string;
}

/** A layer whose queries and keys are rotated alike. */
export interface RotatedLayer {
  readonly nodes: readonly NodeRecord[];
  /** What is rotated: [1, rows, heads * head size] and [1, rows, key/value heads * head size]. */
  readonly query: string;
  readonly key: string;
  readonly operator: NodeRecord;
}

/** Cosines and sines by line, float32 [lines, head size / 2]. */
export interface RowTables {
  readonly cosines: string;
  readonly sines: string;
}

/** The tables of a pass, and of the whole sequence that the kernel counts lines by: [past rows + rows, head size / 2]. */
export interface RotationTables {
  readonly rows: RowTables;
  readonly sequence: RowTables;
  /** Nodes of small arithmetic that must not leave the processor. */
  readonly onProcessor: readonly string[];
}

/** Positions of GroupQueryAttention's inputs. */
const INPUT = { total: 6, cosines: 7, sines: 8 } as const;
/** The kernel reads a table's lines in such steps. */
const COLUMNS = 8;
const AXES = 'MRotaryEmbedding';
const name = (part: string): string => `noema/rotation/${part}`;

/** How the layers are rotated; null unless in every layer queries and keys are, in a known way, all by the same numbers. */
export function findRotations(
  wiring: Wiring,
  weights: Weights,
  layers: readonly FusedLayer[],
  shape: DecoderShape,
): readonly RotatedLayer[] | null {
  const first = wiring.nodes.find((entry) => layers.some((layer) => layer.node === entry));
  const placed = wiring.opset >= 13 && first !== undefined && layers[0].node === first;
  if (!placed || wiring.inputs.get('position_ids')?.dims?.length !== 3 || shape.headSize % (2 * COLUMNS) !== 0) return null;
  const likeness = new Likeness(wiring);
  const kinds = new Set<string>();
  const found = layers.map((layer): RotatedLayer | null => {
    const query = readTurning(wiring, weights, layer, layer.query, shape.heads, shape.headSize);
    const key = readTurning(wiring, weights, layer, layer.newKey, shape.keyValueHeads, shape.headSize);
    if (!query || !key) return null;
    for (const { operator } of [query, key]) {
      const read = [...operator.node.input.slice(1), layer.node.node.input[INPUT.total]];
      const axes = operator.node.attribute.filter((own) => own.name.startsWith('mrope')).map((own) => [own.name, own.i, own.ints].join());
      // Lines that are counted are the row numbers, however the count is computed.
      const lines = read.map((tensor, at) => (at === 0 && countsRows(wiring, weights, operator) ? 'rows' : likeness.of(tensor)));
      kinds.add([operator.node.opType, ...axes.toSorted(), ...lines].join('\n'));
    }
    return { nodes: [...query.nodes, ...key.nodes], query: query.source, key: key.source, operator: query.operator };
  });
  return found.every((rotation) => rotation !== null) && kinds.size === 1 ? found : null;
}

/** From a tensor that an attention node reads up to what is rotated; null where something else is between, or reads it too. */
function readTurning(wiring: Wiring, weights: Weights, layer: FusedLayer, result: string, heads: number, headSize: number): Turning | null {
  const nodes: NodeRecord[] = [];
  let tensor = result;
  /** Steps over the node that computes `tensor`, if it is of that kind and read by nobody else. */
  const step = (op: string, fits: (own: NodeProto) => boolean): boolean => {
    const entry = wiring.producer(tensor);
    const reader = nodes.at(-1) ?? layer.node;
    if (entry?.node.opType !== op || !fits(entry.node) || wiring.outputs.has(tensor)) return false;
    if (!wiring.readers(tensor).every((other) => other === reader)) return false;
    nodes.push(entry);
    tensor = entry.node.input[0];
    return true;
  };
  const swaps = (own: NodeProto): boolean => own.attribute.find((attribute) => attribute.name === 'perm')?.ints.join() === '0,2,1,3';
  const byHeads = (own: NodeProto): boolean => weights.numbers(wiring, own.input[1])?.slice(2).join() === [heads, headSize].join();
  const flat = (own: NodeProto): boolean => weights.numbers(wiring, own.input[1])?.length === 3;
  // Before 2026's second half the builder rotated heads as [1, heads, rows, head size].
  const headsFirst = step('Reshape', flat) && step('Transpose', swaps);
  if (nodes.length === 1) return null;
  const turns = (own: NodeProto): boolean => own.domain === 'com.microsoft' && isPlain(own, heads, headSize);
  if (!step('RotaryEmbedding', turns) && (headsFirst || !step(AXES, turns))) return null;
  const operator = nodes[nodes.length - 1];
  if (headsFirst && !(step('Transpose', swaps) && step('Reshape', byHeads))) return null;
  return { operator, nodes, source: tensor };
}

function isPlain(own: NodeProto, heads: number, headSize: number): boolean {
  const scale = own.attribute.find((attribute) => attribute.name === 'scale')?.f ?? 1;
  return (
    ['interleaved', 'is_packed_batching', 'mrope_layout'].every((attribute) => whole(own, attribute, 0) === 0) &&
    [0, headSize].includes(whole(own, 'rotary_embedding_dim', 0)) &&
    [0, heads].includes(whole(own, 'num_heads', 0)) &&
    scale === 1
  );
}

/** The tensors that tables are made of for a layer rotated so. */
export function tablesOf(wiring: Wiring, weights: Weights, { operator }: RotatedLayer): readonly string[] {
  return operator.node.input.slice(countsRows(wiring, weights, operator) ? 2 : 1);
}

/** Makes the tables before the first attention node of the file. The lines of past rows are never read. */
export function makeTables(
  rewrite: Rewrite,
  weights: Weights,
  { node: before }: FusedLayer,
  rotation: RotatedLayer,
  size: number,
): RotationTables {
  const small = [
    node('Shape', ['position_ids'], name('positions_shape')),
    node('Gather', [name('positions_shape'), name('rows_axis')], name('rows')),
    node('Cast', [before.node.input[INPUT.total]], name('total_long'), { to: DataType.INT64 }),
    node('Reshape', [name('total_long'), name('one')], name('total')),
    node('Sub', [name('total'), name('rows')], name('past')),
    node('Concat', [name('past'), name('nothing')], name('margins'), { axis: 0 }),
  ];
  rewrite.constants([int64s(name('rows_axis'), [2]), int64s(name('one'), [1]), int64s(name('nothing'), [0, 0, 0])]);
  const rows = rowTables(rewrite, weights, rotation, size);
  rewrite.before(before, [
    ...small,
    ...rows.nodes,
    node('Pad', [rows.cosines, name('margins')], name('cosines')),
    node('Pad', [rows.sines, name('margins')], name('sines')),
  ]);
  const processor = [...small, ...rows.nodes.filter(({ output: [own] }) => own === name('heads_sizes'))];
  return { rows, sequence: { cosines: name('cosines'), sines: name('sines') }, onProcessor: processor.map((entry) => entry.name) };
}

/** Tables whose line i is row i of the pass, and the nodes that make them. */
function rowTables(rewrite: Rewrite, weights: Weights, { operator }: RotatedLayer, size: number): RowTables & { nodes: NodeProto[] } {
  const [, positions, cosines, sines] = operator.node.input;
  if (operator.node.opType === AXES) {
    // A head of ones and zeros, rotated, is cosines and sines.
    rewrite.constants([
      float32s(name('head'), [1, 1, size], [...new Array<number>(size / 2).fill(1), ...new Array<number>(size / 2).fill(0)]),
      int64s(name('head_size'), [size]),
      int64s(name('flat'), [-1, size]),
      int64s(name('halves'), [size / 2, size / 2]),
    ]);
    const turned = clone(NodeProtoSchema, operator.node);
    turned.name = name('turned');
    turned.output = [name('turned')];
    turned.input[0] = name('heads');
    turned.attribute = [
      ...turned.attribute.filter((attribute) => attribute.name !== 'num_heads'),
      create(AttributeProtoSchema, { name: 'num_heads', type: Kind.INT, i: 1n }),
    ];
    const split = node('Split', [name('lines'), name('halves')], name('row_cosines'), { axis: 1 });
    split.output = [name('row_cosines'), name('row_sines')];
    const nodes = [
      node('Concat', [name('one'), name('rows'), name('head_size')], name('heads_sizes'), { axis: 0 }),
      node('Expand', [name('head'), name('heads_sizes')], name('heads')),
      turned,
      node('Reshape', [name('turned'), name('flat')], name('lines')),
      split,
    ];
    return { nodes, cosines: name('row_cosines'), sines: name('row_sines') };
  }
  if (countsRows(rewrite.wiring, weights, operator)) return { nodes: [], cosines, sines };
  rewrite.constants([int64s(name('all'), [-1])]);
  const nodes = [
    node('Reshape', [positions, name('all')], name('lines')),
    node('Gather', [cosines, name('lines')], name('row_cosines'), { axis: 0 }),
    node('Gather', [sines, name('lines')], name('row_sines'), { axis: 0 }),
  ];
  return { nodes, cosines: name('row_cosines'), sines: name('row_sines') };
}

/** Gives a layer's attention node its tables, and queries, keys and values as one tensor, side by side in each row. */
export function rotateInside(rewrite: Rewrite, layer: FusedLayer, { cosines, sines }: RowTables, packed: string): void {
  const own = rewrite.edit(layer.node);
  const input = Array.from({ length: Math.max(INPUT.sines + 1, own.input.length) }, (_, at) => own.input[at] ?? '');
  [input[0], input[1], input[2]] = [packed, '', ''];
  [input[INPUT.cosines], input[INPUT.sines]] = [cosines, sines];
  own.input = input;
  own.attribute = [
    ...own.attribute.filter((attribute) => !['do_rotary', 'rotary_interleaved'].includes(attribute.name)),
    create(AttributeProtoSchema, { name: 'do_rotary', type: Kind.INT, i: 1n }),
  ];
}

/** Whether the lines that a RotaryEmbedding takes are 0, 1, 2 and so on, as every row's line is of a table made for the pass. */
function countsRows(wiring: Wiring, weights: Weights, { node: own }: NodeRecord): boolean {
  if (own.opType === AXES) return false;
  const shaped = wiring.producer(own.input[1]);
  const range = shaped?.node.opType === 'Reshape' ? wiring.producer(shaped.node.input[0]) : shaped;
  if (range?.node.opType !== 'Range') return false;
  const [start, , step] = range.node.input;
  return weights.numbers(wiring, start)?.join() === '0' && weights.numbers(wiring, step)?.join() === '1';
}
