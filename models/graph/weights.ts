// Where a weight's bytes are, inside the graph's file or beside it, without decoding its numbers.
import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { TensorProto_DataLocation as Location, TensorProtoSchema, type TensorProto } from './onnx_pb';
import { GRAPH_FIELD, type GraphRecord, type ModelRecords } from './records';
import { DataType } from './nodes';
import type { Wiring } from './wiring';

/** A stretch of a weight file, by the path the graph knows the file by. */
export interface FilePart {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/** A weight with its bytes as they lie, little-endian and in row-major order. */
export interface Weight {
  readonly record: GraphRecord;
  readonly name: string;
  readonly type: DataType;
  readonly dims: readonly number[];
  readonly bytes: Uint8Array | FilePart;
}

const TENSOR_NAME = 8;
/** Bytes of an element, by the element types that the file holds as plain numbers. */
const SIZES = new Map<number, readonly [type: DataType, bytes: number]>(
  (
    [
      [DataType.FLOAT, 4],
      [DataType.FLOAT16, 2],
      [DataType.BFLOAT16, 2],
      [DataType.UINT8, 1],
      [DataType.INT8, 1],
      [DataType.INT32, 4],
      [DataType.INT64, 8],
    ] as const
  ).map((entry) => [entry[0], entry]),
);

/** All weights of a graph by name. */
export class Weights {
  readonly #records = new Map<string, GraphRecord>();

  constructor(readonly model: ModelRecords) {
    for (const record of model.graph) if (record.field === GRAPH_FIELD.initializer) this.#records.set(nameOf(model, record), record);
  }

  /** The weight of that name; null when there is none, or its numbers are written in a way that cannot be cut and joined as bytes. */
  find(name: string): Weight | null {
    const record = this.#records.get(name);
    return record ? this.#read(record) : null;
  }

  /** Every weight that lies beside the graph, in the graph's order; null when one of them cannot be read. */
  outside(): readonly (Weight & { readonly bytes: FilePart })[] | null {
    const found: (Weight & { readonly bytes: FilePart })[] = [];
    for (const record of this.#records.values()) {
      if (!this.#isOutside(record)) continue;
      const weight = this.#read(record);
      if (!weight || weight.bytes instanceof Uint8Array) return null;
      found.push({ ...weight, bytes: weight.bytes });
    }
    return found;
  }

  /** The tensor as it stands in the graph; of a weight beside it, all but the numbers. */
  tensor({ record }: Weight): TensorProto {
    return fromBinary(TensorProtoSchema, bodyOf(this.model, record));
  }

  /** The whole numbers that a weight or a Constant node holds, in order; null for anything else. */
  numbers(wiring: Wiring, name: string): readonly number[] | null {
    const record = this.#records.get(name);
    const node = wiring.producer(name)?.node;
    const constant = node?.opType === 'Constant' ? node.attribute.find((attribute) => attribute.name === 'value')?.t : undefined;
    const tensor = record ? fromBinary(TensorProtoSchema, bodyOf(this.model, record)) : constant;
    return wholeNumbers(tensor);
  }

  #read(record: GraphRecord): Weight | null {
    const tensor = fromBinary(TensorProtoSchema, bodyOf(this.model, record));
    const [type, bytesEach] = SIZES.get(tensor.dataType) ?? [];
    if (type === undefined || bytesEach === undefined) return null;
    const dims = tensor.dims.map(Number);
    const size = dims.reduce((product, dim) => product * dim, bytesEach);
    const bytes = tensor.dataLocation === Location.EXTERNAL ? partOf(tensor, size) : tensor.rawData;
    const length = bytes === null ? NaN : bytes instanceof Uint8Array ? bytes.length : bytes.end - bytes.start;
    return bytes !== null && length === size ? { record, name: tensor.name, type, dims, bytes } : null;
  }

  /** Whether the numbers lie beside the graph; those inside are not decoded. */
  #isOutside(record: GraphRecord): boolean {
    if (record.end - record.body > MOST_OUTSIDE_BYTES) return false;
    return fromBinary(TensorProtoSchema, bodyOf(this.model, record)).dataLocation === Location.EXTERNAL;
  }
}

/** The numbers of a tensor of 64-bit whole numbers that stand in the graph's file, in order; null for any other, or none. */
export function wholeNumbers(tensor: TensorProto | undefined): readonly number[] | null {
  if (!tensor || SIZES.get(tensor.dataType)?.[0] !== DataType.INT64 || tensor.dataLocation === Location.EXTERNAL) return null;
  const { rawData, int64Data } = tensor;
  const raw = new DataView(rawData.buffer, rawData.byteOffset, rawData.byteLength);
  return rawData.length > 0
    ? Array.from({ length: Math.floor(rawData.length / 8) }, (_, i) => Number(raw.getBigInt64(8 * i, true)))
    : int64Data.map(Number);
}

const bodyOf = (model: ModelRecords, record: GraphRecord): Uint8Array => model.bytes.subarray(record.body, record.end);

/** What is said of a tensor whose numbers lie elsewhere is never longer. */
const MOST_OUTSIDE_BYTES = 4096;

/** Whether weights are named anywhere but in the graph's own list: beside branches' and attributes' tensors that lie in files. */
export function hasHiddenWeights({ nodes }: Wiring): boolean {
  return nodes.some(({ node }) =>
    node.attribute.some(({ g, graphs, t }) => g !== undefined || graphs.length > 0 || t?.dataLocation === Location.EXTERNAL),
  );
}

function nameOf(model: ModelRecords, record: GraphRecord): string {
  const reader = new BinaryReader(bodyOf(model, record));
  while (reader.pos < reader.len) {
    const [field, wire] = reader.tag();
    if (field === TENSOR_NAME && wire === WireType.LengthDelimited) return reader.string();
    reader.skip(wire, field);
  }
  return '';
}

function partOf(tensor: TensorProto, size = 0): FilePart | null {
  const entries = new Map(tensor.externalData.map(({ key, value }) => [key, value]));
  const path = entries.get('location');
  if (path === undefined) return null;
  const start = Number(entries.get('offset') ?? 0);
  return { path: path.replace(/^\.\//, ''), start, end: start + Number(entries.get('length') ?? size) };
}
