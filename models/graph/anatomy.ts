// Finds in a decoder graph the places the instrumentation holds on to, and refuses a graph that is not as expected.
import { fromBinary } from '@bufbuild/protobuf';
import { fault, type EngineFault } from '../../src/engine/errors';
import { NodeProtoSchema, TensorProto_DataType as DataType, ValueInfoProtoSchema, type NodeProto } from './onnx_pb';
import { GRAPH_FIELD, type GraphRecord, type ModelRecords } from './records';

/** What the model's config says its decoder must look like. */
export interface DecoderShape {
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
}

/** One layer's attention: names of the tensors that hold its rotated queries and all its keys. */
export interface LayerAttention {
  /** [1, rows, heads * head size] */
  readonly query: string;
  /** [1, rows, key/value heads * head size] */
  readonly newKey: string;
  readonly newValue: string;
  /** [1, key/value heads, rows so far, head size] */
  readonly pastKey: string;
  readonly pastValue: string;
  /** [1, key/value heads, total rows, head size] */
  readonly key: string;
  readonly value: string;
  /** [1, rows, heads * head size] */
  readonly output: string;
  /** Factor on the scores before the softmax. */
  readonly scale: number;
}

/** A node together with the record it was read from. */
export interface NodeRecord {
  readonly record: GraphRecord;
  readonly node: NodeProto;
}

export interface DecoderAnatomy {
  readonly layers: readonly LayerAttention[];
  /** The attention nodes of `layers`. */
  readonly attention: readonly NodeRecord[];
  /** Element type of the key/value cache: FLOAT or FLOAT16. */
  readonly cacheType: DataType;
  /** [1, rows, hidden size] after the final norm. */
  readonly hidden: string;
  /** The node that takes the rows the vocabulary is computed for, and which of its inputs they are. */
  readonly rowsReader: NodeRecord & { readonly input: number };
  /** The node that chose those rows; null when all were taken. */
  readonly choice: NodeRecord | null;
  /** Every node of the graph, in order. */
  readonly nodes: readonly NodeRecord[];
}

const HEAD_OPS = new Set(['MatMul', 'MatMulNBits', 'Gemm', 'FusedMatMul']);

/** Reads the nodes of a decoder graph and finds its parts. Throws BAD_MODEL naming the node that differs. */
export function readAnatomy(model: ModelRecords, shape: DecoderShape): DecoderAnatomy {
  const nodes = model.graph
    .filter((record) => record.field === GRAPH_FIELD.node)
    .map((record) => ({ record, node: fromBinary(NodeProtoSchema, model.bytes.subarray(record.body, record.end)) }));
  const attention = nodes.filter(({ node }) => node.opType === 'GroupQueryAttention');
  if (attention.length !== shape.layers) {
    throw unlike('the decoder', `it has ${attention.length} GroupQueryAttention nodes, its config says ${shape.layers} layers`);
  }
  const layers = attention.map(({ node }) => readAttention(node, shape));
  const uneven = layers.findIndex((layer) => layer.scale !== layers[0].scale);
  if (uneven > 0) throw unlike(attention[uneven].node.name, "its scale differs from the first layer's");
  return { layers, attention, nodes, cacheType: cacheType(model, attention[0].node.input[3]), ...findHead(nodes) };
}

function cacheType(model: ModelRecords, pastKey: string): DataType {
  const record = names(model, GRAPH_FIELD.input).get(pastKey);
  if (!record) throw unlike(pastKey, 'the cache must be an input of the graph');
  const type = fromBinary(ValueInfoProtoSchema, model.bytes.subarray(record.body, record.end)).type?.value;
  const found = type?.case === 'tensorType' ? type.value.elemType : DataType.UNDEFINED;
  if (found !== DataType.FLOAT && found !== DataType.FLOAT16) throw unlike(pastKey, 'the cache must be float32 or float16');
  return found;
}

function readAttention(node: NodeProto, shape: DecoderShape): LayerAttention {
  const whole = (name: string, absent: number): number => Number(node.attribute.find((a) => a.name === name)?.i ?? absent);
  const real = (name: string): number => node.attribute.find((a) => a.name === name)?.f ?? 0;
  const expect = (holds: boolean, what: string): void => {
    if (!holds) throw unlike(node.name, what);
  };
  const [query, key, value, pastKey, pastValue] = node.input;
  expect(Boolean(query && key && value), 'queries, keys and values must come as three inputs, not packed');
  expect(Boolean(pastKey && pastValue && node.output[1] && node.output[2]), 'it must take and return a key/value cache');
  expect(whole('num_heads', 0) === shape.heads, `it has ${whole('num_heads', 0)} heads, the config says ${shape.heads}`);
  expect(
    whole('kv_num_heads', 0) === shape.keyValueHeads,
    `it has ${whole('kv_num_heads', 0)} key/value heads, the config says ${shape.keyValueHeads}`,
  );
  expect(whole('do_rotary', 0) === 0, 'it must be given rotated queries and keys (do_rotary 0)');
  expect(real('softcap') === 0, 'attention with a soft cap is not supported');
  expect(whole('local_window_size', -1) === -1, 'attention with a local window is not supported');
  expect(whole('smooth_softmax', 0) === 0 && !node.input[11], 'attention with a sink is not supported');
  return {
    query,
    newKey: key,
    newValue: value,
    pastKey,
    pastValue,
    key: node.output[1],
    value: node.output[2],
    output: node.output[0],
    scale: real('scale') || shape.headSize ** -0.5,
  };
}

/** Walks up from `logits` to the vocabulary's matrix product and on to the choice of rows before it. */
function findHead(nodes: readonly NodeRecord[]): Pick<DecoderAnatomy, 'hidden' | 'rowsReader' | 'choice'> {
  const producers = new Map<string, NodeRecord>();
  for (const entry of nodes) for (const output of entry.node.output) if (output) producers.set(output, entry);
  const produced = (name: string): NodeRecord => {
    const entry = producers.get(name);
    if (!entry) throw unlike(`the tensor ${name}`, 'no node computes it');
    return entry;
  };
  let head = produced('logits');
  while (head.node.opType === 'Cast') head = produced(head.node.input[0]);
  if (!HEAD_OPS.has(head.node.opType)) throw unlike(head.node.name, `logits must come from a matrix product, not from ${head.node.opType}`);

  let rowsReader = head;
  while (producers.get(rowsReader.node.input[0])?.node.opType === 'Cast') rowsReader = produced(rowsReader.node.input[0]);
  const source = rowsReader.node.input[0];
  const choice = produced(source);
  if (choice.node.opType !== 'Slice' && choice.node.opType !== 'Gather') {
    return { hidden: source, rowsReader: { ...rowsReader, input: 0 }, choice: null };
  }
  return { hidden: choice.node.input[0], rowsReader: { ...rowsReader, input: 0 }, choice };
}

/**
 * Records left without a reader when the nodes `gone` are taken out and what replaces them reads `read`: nodes, then graph
 * inputs.
 */
export function unreadWithout(
  model: ModelRecords,
  nodes: readonly NodeRecord[],
  gone: readonly NodeRecord[],
  read: readonly string[],
): GraphRecord[] {
  const outputs = new Set(names(model, GRAPH_FIELD.output).keys());
  const alive = new Set(nodes.filter((entry) => !gone.includes(entry)));
  const needs = (): Set<string> => new Set([...read, ...[...alive].flatMap(({ node }) => namesRead(node))]);
  for (let size = -1; size !== alive.size;) {
    size = alive.size;
    const needed = needs();
    for (const entry of alive) {
      if (!entry.node.output.some((name) => needed.has(name) || outputs.has(name))) alive.delete(entry);
    }
  }
  const needed = needs();
  const unread = [...names(model, GRAPH_FIELD.input)].filter(([name]) => !needed.has(name)).map(([, record]) => record);
  return [...nodes.filter((entry) => !alive.has(entry)).map((entry) => entry.record), ...unread];
}

/** Names a node reads, those its branches take from the graph around them included. */
function namesRead(node: NodeProto): string[] {
  const inner = node.attribute.flatMap((a) => (a.g ? [a.g, ...a.graphs] : a.graphs)).flatMap((graph) => graph.node.flatMap(namesRead));
  return [...node.input, ...inner];
}

/** Declared names of the graph's inputs or outputs. */
export function names(model: ModelRecords, field: number): Map<string, GraphRecord> {
  const found = new Map<string, GraphRecord>();
  for (const record of model.graph) {
    if (record.field !== field) continue;
    found.set(fromBinary(ValueInfoProtoSchema, model.bytes.subarray(record.body, record.end)).name, record);
  }
  return found;
}

function unlike(where: string, what: string): EngineFault {
  return fault(
    'BAD_MODEL',
    `This decoder cannot be instrumented: at ${where}, ${what}.`,
    'Use an export made with the recipe in models/recipes, or a public one of the same layout.',
  );
}
