// Opens a graph file: its nodes and declarations, once it is known that its nodes can be computed in some order and come to an end.
import { findDisorder } from './order';
import type { GraphProto, NodeProto } from './onnx_pb';
import { readRecords } from './records';
import { readGraph } from './refuse';
import { Weights, wholeNumbers } from './weights';
import { innerGraphs, namesRead, readWiring, type Wiring } from './wiring';

/** Nodes of a graph, inner ones included; the largest published decoders have under 20,000. */
const MOST_NODES = 100_000;
/** Rounds of a Loop that are written into the file; published vision encoders go once over a picture's frames. */
const MOST_ROUNDS = 1_000_000;
/** Nodes of a circle that are named. */
const MOST_NAMED = 3;

/** The whole numbers of a constant that a node reads; null when it is none. */
type Constants = (name: string) => readonly number[] | null;

/**
 * The graph in `bytes`. Throws BAD_MODEL naming the file when it is no ONNX model, when two nodes compute one tensor, when nodes
 * wait for each other in a circle, or when it has more nodes, or a Loop of more rounds, than any model.
 */
export function openGraph(bytes: Uint8Array, fileName: string): Wiring {
  return readGraph(fileName, () => {
    const wiring = readWiring(readRecords(bytes, fileName));
    const nodes = wiring.nodes.map(({ node }) => node);
    const count = countNodes(nodes);
    if (count > MOST_NODES) throw new RangeError(`it has ${count} nodes, expected at most ${MOST_NODES}`);
    const weights = new Weights(wiring.model);
    check(nodes, (name) => weights.numbers(wiring, name));
    return wiring;
  });
}

const countNodes = (nodes: readonly NodeProto[]): number =>
  nodes.reduce((sum, node) => sum + 1 + innerGraphs(node).reduce((inner, graph) => inner + countNodes(graph.node), 0), 0);

/** Looks at the nodes of one graph, and of the graphs inside them. */
function check(nodes: readonly NodeProto[], constants: Constants): void {
  const found = findDisorder(nodes.map((node) => ({ name: nameOf(node), reads: namesRead(node), gives: node.output })));
  if (found && 'twice' in found) throw new RangeError(`two nodes compute the tensor ${found.twice}`);
  if (found) throw new RangeError(`nodes wait for each other in a circle (${inWords(found.circle)})`);
  for (const node of nodes) {
    const rounds = (node.opType === 'Loop' ? constants(node.input[0] ?? '')?.[0] : undefined) ?? 0;
    if (rounds > MOST_ROUNDS) throw new RangeError(`${nameOf(node)} is a Loop of ${rounds} rounds, expected at most ${MOST_ROUNDS}`);
    for (const graph of innerGraphs(node)) check(graph.node, (name) => constantOf(graph, name) ?? constants(name));
  }
}

function constantOf(graph: GraphProto, name: string): readonly number[] | null {
  const made = graph.node.find(({ opType, output }) => opType === 'Constant' && output[0] === name);
  return wholeNumbers(graph.initializer.find((tensor) => tensor.name === name) ?? made?.attribute.find((own) => own.name === 'value')?.t);
}

const nameOf = ({ name, output, opType }: NodeProto): string => name || output[0] || opType;

const inWords = (names: readonly string[]): string => names.slice(0, MOST_NAMED).join(', ') + (names.length > MOST_NAMED ? ', …' : '');
