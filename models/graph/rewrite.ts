// Changes to a graph, collected and written in one go: nodes edited, put before others, added; records dropped.
import { clone } from '@bufbuild/protobuf';
import { encodeNode, encodeTensor, encodeValueInfo } from './nodes';
import { NodeProtoSchema, type NodeProto, type TensorProto, type ValueInfoProto } from './onnx_pb';
import { GRAPH_FIELD, writeRecords, type GraphRecord, type NewRecord } from './records';
import type { NodeRecord, Wiring } from './wiring';

const nodeRecord = (message: NodeProto): NewRecord => ({ field: GRAPH_FIELD.node, message: encodeNode(message) });

export class Rewrite {
  readonly #edited = new Map<NodeRecord, NodeProto>();
  readonly #before = new Map<NodeRecord, NodeProto[]>();
  readonly #instead = new Map<GraphRecord, NewRecord[]>();
  readonly #added: NewRecord[] = [];

  constructor(readonly wiring: Wiring) {}

  /** A copy of a node to be changed at will; it takes the node's place. The same copy every time. */
  edit(entry: NodeRecord): NodeProto {
    const known = this.#edited.get(entry);
    if (known) return known;
    const copy = clone(NodeProtoSchema, entry.node);
    this.#edited.set(entry, copy);
    return copy;
  }

  /** Puts nodes right before one of the graph's, whose inputs they compute. */
  before(entry: NodeRecord, nodes: readonly NodeProto[]): void {
    this.#before.set(entry, [...(this.#before.get(entry) ?? []), ...nodes]);
  }

  /** Puts nodes in the place of one. */
  replace(entry: NodeRecord, nodes: readonly NodeProto[]): void {
    this.#instead.set(entry.record, nodes.map(nodeRecord));
  }

  /** Puts a weight in the place of one. */
  reweigh(record: GraphRecord, tensor: TensorProto): void {
    this.#instead.set(record, [{ field: GRAPH_FIELD.initializer, message: encodeTensor(tensor) }]);
  }

  /** Takes a node, weight, input, output or declaration out. */
  drop(record: GraphRecord): void {
    this.#instead.set(record, []);
  }

  /** Whether a record is to be taken out or replaced. */
  drops(record: GraphRecord): boolean {
    return this.#instead.has(record);
  }

  /** Every reader of `from` reads `to` instead. */
  redirect(from: string, to: string): void {
    for (const entry of this.wiring.readers(from)) renameReads(this.edit(entry), from, to);
  }

  nodes(nodes: readonly NodeProto[]): void {
    this.#added.push(...nodes.map(nodeRecord));
  }

  constants(tensors: readonly TensorProto[]): void {
    this.#added.push(...tensors.map((tensor) => ({ field: GRAPH_FIELD.initializer, message: encodeTensor(tensor) })));
  }

  inputs(infos: readonly ValueInfoProto[]): void {
    this.#added.push(...infos.map((info) => ({ field: GRAPH_FIELD.input, message: encodeValueInfo(info) })));
  }

  outputs(infos: readonly ValueInfoProto[]): void {
    this.#added.push(...infos.map((info) => ({ field: GRAPH_FIELD.output, message: encodeValueInfo(info) })));
  }

  /** The changed model, as a new array. */
  write(): Uint8Array {
    const replace = new Map<GraphRecord, readonly NewRecord[]>(this.#instead);
    for (const entry of new Set([...this.#edited.keys(), ...this.#before.keys()])) {
      const itself = this.#instead.get(entry.record) ?? [nodeRecord(this.#edited.get(entry) ?? entry.node)];
      replace.set(entry.record, [...(this.#before.get(entry) ?? []).map(nodeRecord), ...itself]);
    }
    return writeRecords(this.wiring.model, replace, this.#added);
  }
}

/** Renames what a node reads, in its branches too. */
function renameReads(node: NodeProto, from: string, to: string): void {
  node.input = node.input.map((name) => (name === from ? to : name));
  for (const { g, graphs } of node.attribute)
    for (const graph of g ? [g, ...graphs] : graphs) for (const inner of graph.node) renameReads(inner, from, to);
}
