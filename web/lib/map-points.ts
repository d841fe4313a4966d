// The points of a map of embeddings in one list, the frame they are drawn in, and which of them is nearest to a place.
import type { LatentMap, MapPoint } from '../../src/explore/exploration';
import { linearScale } from './chart-scale';
import { extentOf } from './histogram';

export type PlacedPoint = { readonly id: string; readonly at: MapPoint } & (
  | { readonly kind: 'latent'; readonly latent: number; readonly step: number }
  | { readonly kind: 'decoded'; readonly latent: number }
  | { readonly kind: 'word'; readonly text: string }
  | { readonly kind: 'image'; readonly patch: number }
);

/** Think tokens first, by latent and step, then what was decoded, the words, the image. */
export function mapPoints({ latents, decoded, words, image }: LatentMap): PlacedPoint[] {
  return [
    ...decoded.flatMap((_, latent) =>
      latents.map((step, number): PlacedPoint => ({ kind: 'latent', id: `l${latent}-${number}`, latent, step: number, at: step[latent] })),
    ),
    ...decoded.map((at, latent): PlacedPoint => ({ kind: 'decoded', id: `d${latent}`, latent, at })),
    ...words.map(({ text, at }, i): PlacedPoint => ({ kind: 'word', id: `w${i}`, text, at })),
    ...image.map((at, patch): PlacedPoint => ({ kind: 'image', id: `i${patch}`, patch, at })),
  ];
}

export interface MapFrame {
  readonly x: (value: number) => number;
  readonly y: (value: number) => number;
}

/** Room around the points, CSS pixels. */
const MARGIN = 24;

/** Scales that put `points` into `width` x `height`, one unit as long on both axes, the second component upwards. */
export function mapFrame(points: readonly Pick<PlacedPoint, 'at'>[], width: number, height: number): MapFrame {
  const [left, right] = extentOf(points.map(({ at }) => at[0]));
  const [bottom, top] = extentOf(points.map(({ at }) => at[1]));
  const unit = Math.max((right - left) / Math.max(1, width - 2 * MARGIN), (top - bottom) / Math.max(1, height - 2 * MARGIN)) || 1;
  const [centreX, centreY] = [(left + right) / 2, (bottom + top) / 2];
  return {
    x: linearScale([centreX, centreX + unit], [width / 2, width / 2 + 1]),
    y: linearScale([centreY, centreY + unit], [height / 2, height / 2 - 1]),
  };
}

/** Number of the point nearest to a place of the drawing; of equally near ones the first. Null without points. */
export function nearestPoint(
  points: readonly Pick<PlacedPoint, 'at'>[],
  [px, py]: readonly [number, number],
  { x, y }: MapFrame,
): number | null {
  let [best, least]: [number | null, number] = [null, Infinity];
  for (const [index, { at }] of points.entries()) {
    const far = (x(at[0]) - px) ** 2 + (y(at[1]) - py) ** 2;
    if (far < least) [best, least] = [index, far];
  }
  return best;
}
