// Attention of one latent by layer and head: the map of each, how much of it lies on the picture, and where most.
import type { ExploreEvent } from '../../src/explore/exploration';

export type HeadAttention = Pick<Extract<ExploreEvent, { type: 'heads' }>, 'layers' | 'heads' | 'attention'>;

export interface HeadFacts {
  readonly layer: number;
  readonly head: number;
  /** The sum over the image tokens, 0..1. */
  readonly share: number;
  /** The image token with most, and its attention. */
  readonly patch: number;
  readonly value: number;
}

/** [image tokens] of the map with number `plane`: layer times heads, plus head. */
export function headMap({ layers, heads, attention }: HeadAttention, plane: number): number[] {
  const size = attention.length / (layers * heads);
  return Array.from(attention.subarray(plane * size, (plane + 1) * size));
}

/** The facts of every map, by layer, then head. */
export function headFacts(found: HeadAttention): HeadFacts[] {
  return Array.from({ length: found.layers * found.heads }, (_, plane) => {
    const map = headMap(found, plane);
    const patch = map.reduce((best, value, i) => (value > map[best] ? i : best), 0);
    const share = map.reduce((sum, value) => sum + value, 0);
    return { layer: Math.floor(plane / found.heads), head: plane % found.heads, share, patch, value: map[patch] ?? 0 };
  });
}
