// A decoder graph as nodes joined by tensors: who computes a tensor, who reads it, what is declared about it.
import { fromBinary } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import {
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  ValueInfoProtoSchema,
  type GraphProto,
  type NodeProto,
} from './onnx_pb';
import { GRAPH_FIELD, type GraphRecord, type ModelRecords } from './records';

/** A node together with the record it was read from. */
export interface NodeRecord {
  readonly record: GraphRecord;
  readonly node: NodeProto;
}

/** What the graph says of one of its inputs, outputs or inner tensors. */
export interface Declared {
  readonly record: GraphRecord;
  readonly type: DataType;
  /** Sizes; a name where they are symbolic, null where nothing is said. The whole is null when not even the rank is told. */
  readonly dims: readonly (number | string | null)[] | null;
}

export interface Wiring {
  readonly model: ModelRecords;
  /** Version of the standard operators. */
  readonly opset: number;
  /** Every node of the graph, in order. */
  readonly nodes: readonly NodeRecord[];
  readonly inputs: ReadonlyMap<string, Declared>;
  readonly outputs: ReadonlyMap<string, Declared>;
  /** What is declared of tensors inside the graph. */
  readonly inner: ReadonlyMap<string, Declared>;
  /** The node that computes a tensor; undefined for inputs, weights and unknown names. */
  producer(name: string): NodeRecord | undefined;
  /** The nodes that read a tensor, those with a branch that does included. */
  readers(name: string): readonly NodeRecord[];
  /** Declared sizes; null where nothing is said. */
  dims(name: string): Declared['dims'];
  /** Declared element type; UNDEFINED where nothing is said. */
  type(name: string): DataType;
  /** Sizes of a weight; null when there is none of that name. */
  weight(name: string): readonly number[] | null;
}

/** Reads a graph's nodes and declarations; of weights, names and sizes alone. */
export function readWiring(model: ModelRecords): Wiring {
  const nodes = recordsOf(model, GRAPH_FIELD.node).map((record) => ({ record, node: fromBinary(NodeProtoSchema, bodyOf(model, record)) }));
  const { producers, readers } = join(nodes);
  const inputs = declarations(model, GRAPH_FIELD.input);
  const outputs = declarations(model, GRAPH_FIELD.output);
  const inner = declarations(model, GRAPH_FIELD.valueInfo);
  const declared = (name: string): Declared | undefined => inputs.get(name) ?? outputs.get(name) ?? inner.get(name);
  const weights = lazily(() => weightSizes(model));
  return {
    model,
    nodes,
    inputs,
    outputs,
    inner,
    opset: opsetOf(model),
    producer: (name) => producers.get(name),
    readers: (name) => readers.get(name) ?? [],
    dims: (name) => declared(name)?.dims ?? null,
    type: (name) => declared(name)?.type ?? DataType.UNDEFINED,
    weight: (name) => weights().get(name) ?? null,
  };
}

function join(nodes: readonly NodeRecord[]) {
  const producers = new Map<string, NodeRecord>();
  const readers = new Map<string, NodeRecord[]>();
  for (const entry of nodes) {
    for (const output of entry.node.output) if (output) producers.set(output, entry);
    for (const input of new Set(namesRead(entry.node))) {
      const found = readers.get(input);
      if (found) found.push(entry);
      else readers.set(input, [entry]);
    }
  }
  return { producers, readers };
}

/** The branches of an `If`, the body of a `Loop`: graphs that a node holds. */
export const innerGraphs = (node: NodeProto): GraphProto[] =>
  node.attribute.flatMap((own) => (own.g ? [own.g, ...own.graphs] : own.graphs));

/** Names a node reads, those that its inner graphs take from the graph around them included. */
export function namesRead(node: NodeProto): string[] {
  return [...node.input, ...innerGraphs(node).flatMap(namesTaken)];
}

/** Names that a graph inside a node takes from the graphs around it. */
function namesTaken(graph: GraphProto): string[] {
  const own = new Set([
    ...graph.input.map(({ name }) => name),
    ...graph.initializer.map(({ name }) => name),
    ...graph.node.flatMap(({ output }) => output),
  ]);
  const read = [...graph.node.flatMap(namesRead), ...graph.output.map(({ name }) => name)];
  return read.filter((name) => !own.has(name));
}

/** A whole-number attribute; `absent` when the node has none of that name. */
export function whole(node: NodeProto, name: string, absent: number): number {
  const found = node.attribute.find((attribute) => attribute.name === name);
  return found ? Number(found.i) : absent;
}

const recordsOf = (model: ModelRecords, field: number): GraphRecord[] => model.graph.filter((record) => record.field === field);
const bodyOf = (model: ModelRecords, record: GraphRecord): Uint8Array => model.bytes.subarray(record.body, record.end);

/** The file holds plain numbers; types it does not know of stay undefined. */
const TYPES = new Map<number, DataType>(Object.values(DataType).flatMap((type) => (typeof type === 'string' ? [] : [[type, type]])));

function declarations(model: ModelRecords, field: number): Map<string, Declared> {
  const found = new Map<string, Declared>();
  for (const record of recordsOf(model, field)) {
    const { name, type } = fromBinary(ValueInfoProtoSchema, bodyOf(model, record));
    const tensor = type?.value.case === 'tensorType' ? type.value.value : null;
    const dims = tensor?.shape?.dim.map(({ value }) =>
      value.case === 'dimValue' ? Number(value.value) : value.case === 'dimParam' ? value.value : null,
    );
    found.set(name, { record, type: TYPES.get(tensor?.elemType ?? 0) ?? DataType.UNDEFINED, dims: dims ?? null });
  }
  return found;
}

/** Each span around the graph is a ModelProto of one field by itself. Absent means version 1, as the standard has it. */
function opsetOf(model: ModelRecords): number {
  const imports = model.around.flatMap(([start, end]) => fromBinary(ModelProtoSchema, model.bytes.subarray(start, end)).opsetImport);
  return Number(imports.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 1);
}

const TENSOR_FIELD = { dims: 1, name: 8 } as const;

/** Sizes of the weights by name; their numbers are stepped over. */
function weightSizes(model: ModelRecords): Map<string, number[]> {
  const sizes = new Map<string, number[]>();
  for (const record of recordsOf(model, GRAPH_FIELD.initializer)) {
    const reader = new BinaryReader(bodyOf(model, record));
    const dims: number[] = [];
    let name = '';
    while (reader.pos < reader.len) {
      const [field, wire] = reader.tag();
      if (field === TENSOR_FIELD.name) name = reader.string();
      else if (field !== TENSOR_FIELD.dims) reader.skip(wire, field);
      else if (wire === WireType.Varint) dims.push(Number(reader.int64()));
      else for (const end = reader.uint32() + reader.pos; reader.pos < end;) dims.push(Number(reader.int64()));
    }
    sizes.set(name, dims);
  }
  return sizes;
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
