// Rotary position embedding handed to GroupQueryAttention, whose kernel turns queries and keys while it puts them away.
import { create } from '@bufbuild/protobuf';
import type { FusedLayer } from './fused-attention';
import { DataType, int64s, node } from './nodes';
import { AttributeProto_AttributeType as Kind, AttributeProtoSchema } from './onnx_pb';
import type { Rewrite } from './rewrite';
import type { Weights } from './weights';
import { whole, type NodeRecord, type Wiring } from './wiring';

/** A layer whose queries and keys are turned by the same angles. */
export interface RotatedLayer {
  /** The nodes that turn them, to be taken out. */
  readonly nodes: readonly [query: NodeRecord, key: NodeRecord];
  /** What they turn: [1, rows, heads * head size] and [1, rows, key/value heads * head size]. */
  readonly query: string;
  readonly key: string;
  /** int64 [1, rows]: each row's line of the tables. */
  readonly positions: string;
  /** float32 [lines, head size / 2] */
  readonly cosines: string;
  readonly sines: string;
}

/** The kernel reads a table's lines in such steps. */
const COLUMNS = 8;
const name = (part: string): string => `noema/rotation/${part}`;

/**
 * How a layer's queries and keys are turned, where it is by two RotaryEmbedding nodes of the same tables and nothing else reads
 * what they give; null for any other way.
 */
export function readRotation(wiring: Wiring, layer: FusedLayer, headSize: number): RotatedLayer | null {
  const found = [layer.query, layer.newKey].map((tensor) => {
    const entry = wiring.producer(tensor);
    const plain = entry?.node.opType === 'RotaryEmbedding' && entry.node.domain === 'com.microsoft' && isPlain(entry, headSize);
    return plain && wiring.readers(tensor).every((reader) => reader === layer.node) && !wiring.outputs.has(tensor) ? entry : null;
  });
  const [query, key] = found;
  if (!query || !key || headSize % (2 * COLUMNS) !== 0) return null;
  const [positions, cosines, sines] = query.node.input.slice(1);
  if ([positions, cosines, sines].some((tensor, at) => !tensor || key.node.input[at + 1] !== tensor)) return null;
  return { nodes: [query, key], query: query.node.input[0], key: key.node.input[0], positions, cosines, sines };
}

function isPlain({ node: own }: NodeRecord, headSize: number): boolean {
  const scale = own.attribute.find((attribute) => attribute.name === 'scale')?.f ?? 1;
  return (
    ['interleaved', 'is_packed_batching'].every((attribute) => whole(own, attribute, 0) === 0) &&
    [0, headSize].includes(whole(own, 'rotary_embedding_dim', 0)) &&
    scale === 1
  );
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

/** Makes the tables before `first`, the first attention node of the file. The lines of past rows are never read. */
export function makeTables(
  rewrite: Rewrite,
  weights: Weights,
  first: FusedLayer,
  { positions, cosines, sines }: RotatedLayer,
): RotationTables {
  const before = first.node;
  const small = [
    node('Shape', ['position_ids'], name('positions_shape')),
    node('Gather', [name('positions_shape'), name('rows_axis')], name('rows')),
    node('Cast', [before.node.input[TOTAL]], name('total_long'), { to: DataType.INT64 }),
    node('Reshape', [name('total_long'), name('one')], name('total')),
    node('Sub', [name('total'), name('rows')], name('past')),
    node('Concat', [name('past'), name('nothing')], name('margins'), { axis: 0 }),
  ];
  rewrite.constants([int64s(name('rows_axis'), [2]), int64s(name('one'), [1]), int64s(name('nothing'), [0, 0, 0])]);
  rewrite.before(before, small);
  const counted = countsRows(rewrite, weights, positions);
  if (!counted) {
    rewrite.constants([int64s(name('all'), [-1])]);
    rewrite.before(before, [node('Reshape', [positions, name('all')], name('lines'))]);
  }
  const [rowCosines, rowSines] = [cosines, sines].map((table, at) => {
    const which = at === 0 ? 'cosines' : 'sines';
    const rows = counted ? table : name(`row_${which}`);
    if (!counted) rewrite.before(before, [node('Gather', [table, name('lines')], rows, { axis: 0 })]);
    rewrite.before(before, [node('Pad', [rows, name('margins')], name(which))]);
    return rows;
  });
  return {
    rows: { cosines: rowCosines, sines: rowSines },
    sequence: { cosines: name('cosines'), sines: name('sines') },
    onProcessor: small.map((entry) => entry.name),
  };
}

/** Positions of GroupQueryAttention's inputs. */
const TOTAL = 6;
const COSINES = 7;
const SINES = 8;

/**
 * Gives a layer's attention node its tables and what is to be turned: `packed` [1, rows, queries, keys and values side by side],
 * or null where they are three tensors.
 */
export function rotateInside(
  rewrite: Rewrite,
  layer: FusedLayer,
  rotation: RotatedLayer,
  { cosines, sines }: RowTables,
  packed: string | null,
): void {
  const own = rewrite.edit(layer.node);
  const input = Array.from({ length: Math.max(SINES + 1, own.input.length) }, (_, at) => own.input[at] ?? '');
  [input[0], input[1], input[2]] = packed === null ? [rotation.query, rotation.key, layer.newValue] : [packed, '', ''];
  input[COSINES] = cosines;
  input[SINES] = sines;
  own.input = input;
  own.attribute = [
    ...own.attribute.filter((attribute) => !['do_rotary', 'rotary_interleaved'].includes(attribute.name)),
    create(AttributeProtoSchema, { name: 'do_rotary', type: Kind.INT, i: 1n }),
  ];
}

/** Whether positions are 0, 1, 2 and so on, which every row's line of a table then is anyway. */
function countsRows({ wiring }: Rewrite, weights: Weights, positions: string): boolean {
  const shaped = wiring.producer(positions);
  const range = shaped?.node.opType === 'Reshape' ? wiring.producer(shaped.node.input[0]) : shaped;
  if (range?.node.opType !== 'Range') return false;
  const [start, , step] = range.node.input;
  return weights.number(wiring, start) === 0 && weights.number(wiring, step) === 1;
}
