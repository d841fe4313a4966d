// What of a graph nobody reads any more once some nodes are taken out.
import type { GraphRecord } from './records';
import { namesRead, type NodeRecord, type Wiring } from './wiring';

export interface Leftovers {
  /** Records of nodes and inputs to be dropped. */
  readonly unread: readonly GraphRecord[];
  /** Inputs that are still read. */
  readonly inputs: readonly string[];
}

/**
 * What is left without a reader when the nodes `gone` are taken out and what replaces them reads `read`. Every node is looked at once,
 * when the last of its readers is taken out, however long the chain of them is.
 */
export function unreadWithout(wiring: Wiring, gone: readonly NodeRecord[], read: readonly string[]): Leftovers {
  const dead = new Set(gone);
  const readers = new Map<string, number>();
  const count = (name: string, by: number): number => {
    const now = (readers.get(name) ?? 0) + by;
    readers.set(name, now);
    return now;
  };
  for (const name of read) count(name, 1);
  for (const entry of wiring.nodes) if (!dead.has(entry)) for (const name of namesRead(entry.node)) count(name, 1);
  const isNeeded = (name: string): boolean => (readers.get(name) ?? 0) > 0;
  const isUnread = ({ node }: NodeRecord): boolean => !node.output.some((name) => isNeeded(name) || wiring.outputs.has(name));
  const open = wiring.nodes.filter((entry) => !dead.has(entry) && isUnread(entry));
  for (let entry = open.pop(); entry; entry = open.pop()) {
    dead.add(entry);
    for (const name of namesRead(entry.node)) {
      const maker = count(name, -1) === 0 ? wiring.producer(name) : undefined;
      if (maker && !dead.has(maker) && isUnread(maker)) open.push(maker);
    }
  }
  return {
    unread: [
      ...wiring.nodes.filter((entry) => dead.has(entry)).map((entry) => entry.record),
      ...[...wiring.inputs].filter(([name]) => !isNeeded(name)).map(([, { record }]) => record),
    ],
    inputs: [...wiring.inputs.keys()].filter(isNeeded),
  };
}
