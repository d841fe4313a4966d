// What of a graph nobody reads any more once some nodes are taken out.
import type { GraphRecord } from './records';
import { namesRead, type NodeRecord, type Wiring } from './wiring';

export interface Leftovers {
  /** Records of nodes and inputs to be dropped. */
  readonly unread: readonly GraphRecord[];
  /** Inputs that are still read. */
  readonly inputs: readonly string[];
}

/** What is left without a reader when the nodes `gone` are taken out and what replaces them reads `read`. */
export function unreadWithout(wiring: Wiring, gone: readonly NodeRecord[], read: readonly string[]): Leftovers {
  const alive = new Set(wiring.nodes.filter((entry) => !gone.includes(entry)));
  const needs = (): Set<string> => new Set([...read, ...[...alive].flatMap(({ node }) => namesRead(node))]);
  for (let size = -1; size !== alive.size;) {
    size = alive.size;
    const needed = needs();
    for (const entry of alive) {
      if (!entry.node.output.some((name) => needed.has(name) || wiring.outputs.has(name))) alive.delete(entry);
    }
  }
  const needed = needs();
  const inputs = [...wiring.inputs.keys()];
  return {
    unread: [
      ...wiring.nodes.filter((entry) => !alive.has(entry)).map((entry) => entry.record),
      ...[...wiring.inputs].filter(([name]) => !needed.has(name)).map(([, { record }]) => record),
    ],
    inputs: inputs.filter((name) => needed.has(name)),
  };
}
