// Fewer, larger launches for a decoder with fused attention: products joined, rotation left to the attention kernel.
import type { DecoderAnatomy } from './anatomy';
import type { DecoderShape } from './shape';
import type { FusedLayer } from './fused-attention';
import { findProducts, joinProducts, nodesOf, splitProducts, type Product } from './joined-products';
import { JoinedWeights, type JoinedFile } from './joined-weights';
import { Likeness } from './likeness';
import { DataType } from './nodes';
import type { Rewrite } from './rewrite';
import { makeTables, readRotation, rotateInside, type RotatedLayer, type RowTables } from './rotation-inside';
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
  /** The tables by which the read-out has to turn the queries; null where they are turned. */
  readonly rotate: RowTables | null;
  readonly files: readonly JoinedFile[];
  /** Added nodes that must not leave the processor. */
  readonly onProcessor: readonly string[];
}

/**
 * Finds what can be fused without another result than by rounding. Rotation goes inside only where every layer is turned alike,
 * and in float32: in float16 the kernel would compute in float16 what the graph computes in float32.
 */
export function findFusion(rewrite: Rewrite, { attention, cacheType }: DecoderAnatomy, shape: DecoderShape): Fusion {
  const { wiring } = rewrite;
  const layers = attention.kind === 'fused' ? attention.layers : [];
  const weights = new Weights(wiring.model);
  const joined = new JoinedWeights(rewrite, weights);
  const groups = findProducts(wiring, joined);
  const rotations = cacheType === DataType.FLOAT ? findRotations(wiring, layers, shape) : null;
  const packs = rotations && layers.map((layer, index) => findPacked(wiring, groups, rotations[index], layer));
  // The read-out takes all layers' queries from tensors of one size.
  const packed = packs?.every((pack) => pack !== null) ? packs : null;
  const apart = groups.filter((group) => !packed?.some((pack) => pack.some((product) => group.includes(product))));
  const products = [...apart, ...(packed ?? [])];
  return {
    gone: [...products.flatMap(nodesOf), ...(rotations ?? []).flatMap(({ nodes }) => nodes)],
    read: [
      ...products.map(([{ entry }]) => entry.node.input[0]),
      ...(rotations ? [rotations[0].positions, rotations[0].cosines, rotations[0].sines] : []),
      ...(rotations && !packed ? rotations.flatMap(({ query, key }) => [query, key]) : []),
    ],
    apply: () => {
      const sizes = new Set<string>();
      for (const group of apart) splitProducts(rewrite, group, joinProducts(rewrite, joined, group), sizes);
      const width = shape.heads * shape.headSize;
      if (!rotations) {
        return { queries: layers.map(({ query }) => query), width, rotate: null, files: joined.write(), onProcessor: [] };
      }
      const { rows, sequence, onProcessor } = makeTables(rewrite, weights, layers[0], rotations[0]);
      const outputs = packed?.map((pack) => joinProducts(rewrite, joined, pack)) ?? null;
      layers.forEach((layer, index) => rotateInside(rewrite, layer, rotations[index], sequence, outputs?.[index] ?? null));
      return {
        queries: outputs ?? rotations.map(({ query }) => query),
        width: outputs ? width + 2 * shape.keyValueHeads * shape.headSize : width,
        rotate: rows,
        files: joined.write(),
        onProcessor,
      };
    },
  };
}

/** How each layer is turned, the first of the file first in the list; null unless all are turned by the same numbers. */
function findRotations(wiring: Wiring, layers: readonly FusedLayer[], shape: DecoderShape): readonly RotatedLayer[] | null {
  const first = wiring.nodes.find((entry) => layers.some(({ node }) => node === entry));
  if (wiring.opset < 13 || layers[0]?.node !== first || wiring.inputs.get('position_ids')?.dims?.length !== 3) return null;
  const likeness = new Likeness(wiring);
  const found = layers.map((layer) => readRotation(wiring, layer, shape.headSize));
  const kinds = found.map((rotation, index) =>
    rotation
      ? [rotation.positions, rotation.cosines, rotation.sines, layers[index].node.node.input[6]].map((tensor) => likeness.of(tensor)).join()
      : '',
  );
  return found.every((rotation) => rotation !== null) && new Set(kinds).size === 1 ? found : null;
}

/** A layer's products of queries, keys and values, where they and no other read the same rows, and nothing else what they give. */
function findPacked(
  wiring: Wiring,
  groups: readonly (readonly Product[])[],
  rotation: RotatedLayer,
  layer: FusedLayer,
): readonly Product[] | null {
  const alone = (tensor: string): boolean =>
    wiring.readers(tensor).every((reader) => reader === layer.node || rotation.nodes.includes(reader));
  const tensors = [rotation.query, rotation.key, layer.newValue];
  const group = groups.find((products) => products.some(({ output }) => output === tensors[0])) ?? [];
  const found = tensors.map((tensor) => group.find(({ output }) => output === tensor));
  return group.length === 3 && tensors.every(alone) && found.every((product) => product !== undefined) ? found : null;
}
