// Lists the files an ONNX graph keeps its weights in, without decoding the weights it carries itself.
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { fault } from '../../src/errors';
import { notAModel } from './records';

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

const TENSOR_FIELD = { externalData: 13, dataLocation: 14 } as const;
const ENTRY_FIELD = { key: 1, value: 2 } as const;
const EXTERNAL = 1;

/**
 * The distinct files named as `location` by the graph's external tensors, those in branches, functions and attributes
 * included, in the order they are met. Names are relative to the graph's folder, without a leading `./` (the runtime
 * drops it too), and are the paths the runtime wants its external data under.
 * Throws BAD_MODEL when the bytes are no ONNX model, or when a location leads out of the folder or is an address.
 */
export function externalFiles(graphBytes: Uint8Array, fileName: string): readonly string[] {
  const found = new Set<string>();
  try {
    walk(new BinaryReader(graphBytes), graphBytes.length, 'model', (location) => found.add(location.replace(/^\.\//, '')));
  } catch (error) {
    throw notAModel(fileName, error instanceof Error ? error.message : String(error));
  }
  const stray = [...found].find((location) => !isInside(location));
  if (stray === undefined) return [...found];
  throw fault(
    'BAD_MODEL',
    `${fileName} keeps weights in ${JSON.stringify(stray)}, which is no file of its own folder.`,
    'Use an export whose external data lies beside its graph.',
  );
}

/** A path of plain names: nothing that climbs, starts at a root, names a scheme or means something else inside a URL. */
function isInside(path: string): boolean {
  return /^[^\\?#%:\p{Cc}]+$/u.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function walk(reader: BinaryReader, end: number, kind: Kind, tell: (location: string) => void): void {
  let location: string | null = null;
  let external = false;
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (kind === 'tensor' && field === TENSOR_FIELD.dataLocation && wire === WireType.Varint) external = reader.int32() === EXTERNAL;
    else if (wire !== WireType.LengthDelimited) reader.skip(wire, field);
    else {
      const length = reader.uint32();
      const after = reader.pos + length;
      if (after > end) throw new RangeError('a record is longer than what holds it');
      if (kind === 'tensor') {
        if (field === TENSOR_FIELD.externalData) location = locationOf(reader, after) ?? location;
      } else {
        const inner = LEADS_TO[kind][field];
        if (inner) walk(reader, after, inner, tell);
      }
      reader.pos = after;
    }
  }
  if (external && location !== null) tell(location);
}

/** The value of a key/value pair whose key is `location`; null for any other. */
function locationOf(reader: BinaryReader, end: number): string | null {
  let key = '';
  let value = '';
  while (reader.pos < end) {
    const [field, wire] = reader.tag();
    if (field === ENTRY_FIELD.key) key = reader.string();
    else if (field === ENTRY_FIELD.value) value = reader.string();
    else reader.skip(wire, field);
  }
  return key === 'location' ? value : null;
}
