// Lists the files an ONNX graph keeps its weights in, without decoding the weights it carries itself.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { fault, type EngineFault } from '../../src/errors';
import { TensorProto_DataType as DataType } from './onnx_pb';
import { GET_AGAIN, readGraph } from './refuse';

type Kind = 'model' | 'graph' | 'function' | 'node' | 'attribute' | 'sparse' | 'tensor';

/** The fields of each message that lead to tensors (onnx.proto); every other field is stepped over. */
const LEADS_TO: Readonly<Record<Exclude<Kind, 'tensor'>, Readonly<Record<number, Kind>>>> = {
  model: { 7: 'graph', 25: 'function' },
  graph: { 1: 'node', 5: 'tensor', 15: 'sparse' },
  function: { 7: 'node', 11: 'attribute' },
  node: { 5: 'attribute' },
  attribute: { 5: 'tensor', 6: 'graph', 10: 'tensor', 11: 'graph', 22: 'sparse', 23: 'sparse' },
  sparse: { 1: 'tensor', 2: 'tensor' },
};

const TENSOR_FIELD = { dims: 1, dataType: 2, externalData: 13, dataLocation: 14 } as const;
const ENTRY_FIELD = { key: 1, value: 2 } as const;
const EXTERNAL = 1;

/** Bits of an element. A type that is not here has no fixed size, or is none that weights have: it is taken as of no size. */
const BITS = new Map<number, number>([
  ...[DataType.DOUBLE, DataType.INT64, DataType.UINT64, DataType.COMPLEX64].map((type) => [type, 64] as const),
  ...[DataType.FLOAT, DataType.INT32, DataType.UINT32].map((type) => [type, 32] as const),
  ...[DataType.FLOAT16, DataType.BFLOAT16, DataType.INT16, DataType.UINT16].map((type) => [type, 16] as const),
  ...[DataType.INT8, DataType.UINT8, DataType.BOOL].map((type) => [type, 8] as const),
  ...[DataType.INT4, DataType.UINT4].map((type) => [type, 4] as const),
]);

/** A tensor whose numbers lie in a file beside the graph. */
interface Outside {
  readonly location: string;
  /** Byte of the file behind its last one. */
  readonly end: number;
}

/**
 * The distinct files named as `location` by the graph's external tensors, those in branches, functions and attributes
 * included, in the order they are met, each with how many bytes it must have at least. Names are relative to the graph's folder,
 * without a leading `./` (the runtime drops it too), and are the paths the runtime wants its external data under.
 * Throws BAD_MODEL when the bytes are no ONNX model, when a location leads out of the folder or is an address, or when an offset
 * or a length is no number of bytes.
 */
export function externalFiles(graphBytes: Uint8Array, fileName: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  readGraph(fileName, () =>
    walk(new BinaryReader(graphBytes), graphBytes.length, 'model', ({ location, end }) => {
      const path = location.replace(/^\.\//, '');
      found.set(path, Math.max(found.get(path) ?? 0, end));
    }),
  );
  const stray = [...found.keys()].find((location) => !isInside(location));
  if (stray === undefined) return found;
  throw fault(
    'BAD_MODEL',
    `${fileName} keeps weights in ${JSON.stringify(stray.slice(0, 200))}, which is no file of its own folder.`,
    'Use an export whose external data lies beside its graph.',
  );
}

/** BAD_MODEL for a weight file of `size` bytes whose graph has weights up to byte `end`. */
export function tooShort(path: string, size: number, graph: string, end: number): EngineFault {
  return fault('BAD_MODEL', `${path} is cut short: it has ${size} bytes, and ${graph} has weights in it up to byte ${end}.`, GET_AGAIN);
}

/** A path of plain names: nothing that climbs, starts at a root, names a scheme or means something else inside a URL. */
function isInside(path: string): boolean {
  return /^[^\\?#%:\p{Cc}]+$/u.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function walk(reader: BinaryReader, end: number, kind: Exclude<Kind, 'tensor'>, tell: (tensor: Outside) => void): void {
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (wire !== WireType.LengthDelimited) {
      reader.skip(wire, field);
      continue;
    }
    const after = endOf(reader, end);
    const inner = LEADS_TO[kind][field];
    if (inner === 'tensor') readTensor(reader, after, tell);
    else if (inner) walk(reader, after, inner, tell);
    reader.pos = after;
  }
}

/** Where the record ends whose length comes next. */
function endOf(reader: BinaryReader, within: number): number {
  const end = reader.uint32() + reader.pos;
  if (end > within) throw new RangeError('a record is longer than what holds it');
  return end;
}

function readTensor(reader: BinaryReader, end: number, tell: (tensor: Outside) => void): void {
  const entries = new Map<string, string>();
  let [external, count, bits] = [false, 1, 0];
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (wire === WireType.Varint && field === TENSOR_FIELD.dataLocation) external = reader.int32() === EXTERNAL;
    else if (wire === WireType.Varint && field === TENSOR_FIELD.dataType) bits = BITS.get(reader.int32()) ?? 0;
    else if (wire === WireType.Varint && field === TENSOR_FIELD.dims) count *= Number(reader.int64());
    else if (wire !== WireType.LengthDelimited) reader.skip(wire, field);
    else {
      const after = endOf(reader, end);
      if (field === TENSOR_FIELD.dims) while (reader.pos < after) count *= Number(reader.int64());
      else if (field === TENSOR_FIELD.externalData) readEntry(reader, after, entries);
      reader.pos = after;
    }
  }
  const location = entries.get('location');
  if (!external || location === undefined) return;
  const [offset, length] = ['offset', 'length'].map((key) => {
    const text = entries.get(key);
    if (text !== undefined && !/^\d{1,15}$/.test(text))
      throw new RangeError(`a weight in ${location} has the ${key} ${JSON.stringify(text.slice(0, 40))}, expected a number of bytes`);
    return text === undefined ? null : Number(text);
  });
  tell({ location, end: (offset ?? 0) + (length ?? Math.max(0, Math.ceil((count * bits) / 8))) });
}

/** Reads a key/value pair into `entries`. */
function readEntry(reader: BinaryReader, end: number, entries: Map<string, string>): void {
  let [key, value] = ['', ''];
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === ENTRY_FIELD.key) key = reader.string();
    else if (field === ENTRY_FIELD.value) value = reader.string();
    else reader.skip(wire, field);
  }
  entries.set(key, value);
}
