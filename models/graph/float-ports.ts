// Gives the small graphs beside the decoder (embeddings, vision) float32 inputs and outputs, and tells what these are.
import { DataType } from './nodes';
import { retypeInput, retypeOutput } from './outside-types';
import { openGraph } from './open-graph';
import { readGraph } from './refuse';
import { Rewrite } from './rewrite';
import type { Declared, Wiring } from './wiring';

export interface FloatPorts {
  /** The graph itself when nothing had to be changed, else a changed copy. */
  readonly bytes: Uint8Array;
  /** What the export declares, weights that it lists as inputs left out. */
  readonly inputs: ReadonlyMap<string, Declared>;
  readonly outputs: ReadonlyMap<string, Declared>;
  /** The graph as it was read. */
  readonly wiring: Wiring;
}

/**
 * Casts float16 inputs and outputs inside the graph: nothing outside has to know half-precision numbers, and what is handed
 * from one session to the next stays on the GPU. Throws BAD_MODEL as `openGraph` does.
 */
export function withFloatPorts(bytes: Uint8Array, fileName: string): FloatPorts {
  return readGraph(fileName, () => rewritten(openGraph(bytes, fileName)));
}

function rewritten(wiring: Wiring): FloatPorts {
  const { bytes } = wiring.model;
  const inputs = new Map([...wiring.inputs].filter(([name]) => wiring.weight(name) === null));
  const half = (ports: ReadonlyMap<string, Declared>): [string, Declared][] =>
    [...ports].filter(([, { type }]) => type === DataType.FLOAT16);
  if (half(inputs).length + half(wiring.outputs).length === 0) return { bytes, inputs, outputs: wiring.outputs, wiring };
  const rewrite = new Rewrite(wiring);
  for (const [name] of half(inputs)) retypeInput(rewrite, name, DataType.FLOAT);
  for (const [name, { dims }] of half(wiring.outputs)) retypeOutput(rewrite, name, DataType.FLOAT, dims);
  return { bytes: rewrite.write(), inputs, outputs: wiring.outputs, wiring };
}
