// Fewer, larger launches for a decoder with fused attention: products joined, rotation left to the attention kernel.
import type { DecoderAnatomy } from './anatomy';
import type { DecoderShape } from './shape';
import type { FusedLayer } from './fused-attention';
import { findProducts, joinProducts, joinsItself, nodesOf, splitProducts, type Product } from './joined-products';
import { JoinedWeights, type JoinedFile } from './joined-weights';
import { DataType } from './nodes';
import type { Rewrite } from './rewrite';
import { findRotations, makeTables, rotateInside, tablesOf, type RotatedLayer, type RowTables } from './rotation-inside';
import { Weights } from './weights';
import type { NodeRecord, Wiring } from './wiring';

/** What is to be fused in a graph, found before anything is changed. */
export interface Fusion {
  /** Nodes that are taken out, and tensors that are read in their place. */
  readonly gone: readonly NodeRecord[];
  readonly read: readonly string[];
  /** Makes the changes. */
  apply(): Fused;
}

export interface Fused {
  /** Per layer, the tensor [1, rows, width] whose rows begin with the layer's queries. */
  readonly queries: readonly string[];
  readonly width: number;
  /** The tables by which the read-out has to rotate the queries; null where they are rotated. */
  readonly rotate: RowTables | null;
  readonly files: readonly JoinedFile[];
  /** Added nodes that must not leave the processor. */
  readonly onProcessor: readonly string[];
}

/**
 * Finds what can be fused without another result than by rounding. Rotation goes inside where every layer's products can stay
 * side by side, and in float32 alone: in float16 the kernel would compute in float16 what the graph computes in float32.
 */
export function findFusion(rewrite: Rewrite, { attention, cacheType }: DecoderAnatomy, shape: DecoderShape): Fusion {
  const { wiring } = rewrite;
  const layers = attention.kind === 'fused' ? attention.layers : [];
  const weights = new Weights(wiring.model);
  const joined = new JoinedWeights(rewrite, weights);
  const groups = findProducts(wiring, joined);
  const rotations = cacheType === DataType.FLOAT ? findRotations(wiring, weights, layers, shape) : null;
  const found = rotations?.map((rotation, index) => findPacked(wiring, groups, rotation, layers[index]));
  const packs = found?.every((pack) => pack !== null) ? found : null;
  const apart = groups.filter((group) => !packs?.some((pack) => pack.some((product) => group.includes(product))) && !joinsItself(group));
  const products = [...apart, ...(packs ?? [])];
  return {
    gone: [...products.flatMap(nodesOf), ...(packs && rotations ? rotations.flatMap(({ nodes }) => nodes) : [])],
    read: [...products.map(([{ entry }]) => entry.node.input[0]), ...(packs && rotations ? tablesOf(wiring, weights, rotations[0]) : [])],
    apply: () => {
      const sizes = new Set<string>();
      for (const group of apart) splitProducts(rewrite, group, joinProducts(rewrite, joined, group), sizes);
      const width = shape.heads * shape.headSize;
      if (!packs || !rotations) {
        return { queries: layers.map(({ query }) => query), width, rotate: null, files: joined.write(), onProcessor: [] };
      }
      const { rows, sequence, onProcessor } = makeTables(rewrite, weights, layers[0], rotations[0], shape.headSize);
      const queries = packs.map((pack) => joinProducts(rewrite, joined, pack));
      layers.forEach((layer, index) => rotateInside(rewrite, layer, sequence, queries[index]));
      return { queries, width: width + 2 * shape.keyValueHeads * shape.headSize, rotate: rows, files: joined.write(), onProcessor };
    },
  };
}

/** A layer's products of queries, keys and values, where they and no other read the same rows, and nothing else what they give. */
function findPacked(
  wiring: Wiring,
  groups: readonly (readonly Product[])[],
  rotation: RotatedLayer,
  layer: FusedLayer,
): readonly Product[] | null {
  const gone = new Set([layer.node, ...rotation.nodes]);
  const alone = (tensor: string): boolean => wiring.readers(tensor).every((reader) => leadsOnlyTo(wiring, reader, gone));
  const tensors = [rotation.query, rotation.key, layer.newValue];
  const group = groups.find((products) => products.some(({ output }) => output === tensors[0])) ?? [];
  const found = tensors.map((tensor) => group.find(({ output }) => output === tensor));
  return group.length === 3 && tensors.every(alone) && found.every((product) => product !== undefined) ? found : null;
}

/** Whether all that a node gives ends in the nodes `gone`, as the sizes of a tensor do that count its rows for its own rotation. */
function leadsOnlyTo(wiring: Wiring, from: NodeRecord, gone: ReadonlySet<NodeRecord>): boolean {
  const seen = new Set(gone);
  const open = [from];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    if (seen.has(entry)) continue;
    seen.add(entry);
    for (const tensor of entry.node.output) {
      const readers = wiring.readers(tensor);
      if (wiring.outputs.has(tensor) || readers.length === 0) return false;
      open.push(...readers);
    }
  }
  return true;
}
