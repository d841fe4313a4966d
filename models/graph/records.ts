// Reads an ONNX file as a list of protobuf records without decoding its weights, and writes it back with some records changed.
import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { readGraph } from './refuse';

/** Field numbers of ModelProto and GraphProto that matter here (onnx.proto). */
const MODEL_GRAPH = 7;
export const GRAPH_FIELD = { node: 1, initializer: 5, input: 11, output: 12, valueInfo: 13 } as const;

/** One field of the graph message: `bytes.subarray(start, end)` is tag, length and body; the body begins at `body`. */
export interface GraphRecord {
  readonly field: number;
  readonly start: number;
  readonly body: number;
  readonly end: number;
}

/** An ONNX file seen as records: everything around the graph, and the graph's own fields in order. */
export interface ModelRecords {
  readonly bytes: Uint8Array;
  /** Spans of ModelProto fields other than the graph. */
  readonly around: readonly (readonly [start: number, end: number])[];
  readonly graph: readonly GraphRecord[];
}

/**
 * Walks the wire format once; initializers are stepped over by their length.
 * Throws BAD_MODEL when the bytes are no ONNX model.
 */
export function readRecords(bytes: Uint8Array, fileName: string): ModelRecords {
  return readGraph(fileName, () => {
    const around: [number, number][] = [];
    const graph: GraphRecord[] = [];
    const reader = new BinaryReader(bytes);
    while (reader.pos < reader.len) {
      const start = reader.pos;
      const [field, wire] = reader.tag();
      if (field === MODEL_GRAPH && wire === WireType.LengthDelimited) {
        const end = reader.uint32() + reader.pos;
        if (end > reader.len) throw new RangeError('the graph is longer than the file');
        while (reader.pos < end) graph.push(readField(reader));
        if (reader.pos > end) throw new RangeError('a record is longer than the graph');
      } else {
        reader.skip(wire, field);
        around.push([start, reader.pos]);
      }
    }
    if (!graph.some((record) => record.field === GRAPH_FIELD.node)) throw new RangeError('it holds no graph');
    return { bytes, around, graph };
  });
}

function readField(reader: BinaryReader): GraphRecord {
  const start = reader.pos;
  const [field, wire] = reader.tag();
  if (wire !== WireType.LengthDelimited) {
    reader.skip(wire, field);
    return { field, start, body: start, end: reader.pos };
  }
  const length = reader.uint32();
  const body = reader.pos;
  reader.pos = body + length;
  if (reader.pos > reader.len) throw new RangeError('a record is longer than the file');
  return { field, start, body, end: reader.pos };
}

/** One encoded message that is to become a field of the graph. */
export interface NewRecord {
  readonly field: number;
  readonly message: Uint8Array;
}

/**
 * Writes the model again. `replace` maps a record to what stands in its place (an empty list drops it); records it does
 * not name are copied byte for byte. `append` goes to the graph's end. Returns a new array.
 */
export function writeRecords(
  model: ModelRecords,
  replace: ReadonlyMap<GraphRecord, readonly NewRecord[]>,
  append: readonly NewRecord[],
): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const record of model.graph) {
    const instead = replace.get(record);
    if (instead === undefined) pieces.push(model.bytes.subarray(record.start, record.end));
    else pieces.push(...instead.map(encodeRecord));
  }
  pieces.push(...append.map(encodeRecord));
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const header = new BinaryWriter().tag(MODEL_GRAPH, WireType.LengthDelimited).uint32(length).finish();
  return concatenate([...model.around.map(([start, end]) => model.bytes.subarray(start, end)), header, ...pieces]);
}

function encodeRecord(record: NewRecord): Uint8Array {
  return new BinaryWriter().tag(record.field, WireType.LengthDelimited).bytes(record.message).finish();
}

/** The pieces one after another, as a new array. */
export function concatenate(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
