// What holds for every picture of a run: its sizes, its tiles, and its preview.
import { MOST_PIXELS } from '../image/limits';
import { previewProblem } from '../image/preview';
import { type ImageTile, tokenCount } from '../image/tiles';
import { MOST } from './bounds';
import type { RunEventOf } from './events';

type ImageEvent = RunEventOf<'image'>;

/** What is wrong with an image in words, or null. */
export function checkImage(event: ImageEvent): string | null {
  return checkSizes(event) ?? checkTiles(event) ?? previewProblem(event.preview, event.width, event.height);
}

function checkSizes({ width, height, sourceWidth, sourceHeight }: ImageEvent): string | null {
  for (const [name, w, h, most] of [
    ['picture the model saw', width, height, MOST.pixels],
    ['picture that was given', sourceWidth, sourceHeight, MOST_PIXELS],
  ] as const) {
    if (w * h > most) return `the ${name} has ${w} x ${h} pixels; a run has at most ${most}`;
    if (Math.max(w, h) / Math.min(w, h) > MOST.sideRatio) {
      return `the ${name} has ${w} x ${h} pixels; one side is at most ${MOST.sideRatio} times the other`;
    }
  }
  return null;
}

function checkTiles({ width, height, tiles }: ImageEvent): string | null {
  const imageTokens = tokenCount(tiles);
  if (imageTokens > MOST.imageTokens) return `the picture has ${imageTokens} image tokens; a run has at most ${MOST.imageTokens}`;
  const outside = tiles.findIndex((tile) => tile.x + tile.width > width || tile.y + tile.height > height);
  if (outside >= 0) return `tile ${outside} lies outside the picture of ${width} x ${height} pixels`;
  // An image token stands for a whole number of pixels.
  const uneven = tiles.findIndex((tile) => tile.width % tile.columns !== 0 || tile.height % tile.rows !== 0);
  if (uneven >= 0) return `tile ${uneven} does not divide into ${tiles[uneven].rows} x ${tiles[uneven].columns} image tokens`;
  return covered(tiles, width, height) ? null : `the tiles leave a part of the picture of ${width} x ${height} pixels without image tokens`;
}

/** Whether every pixel lies in a tile: told at the corners where edges of tiles cross. */
function covered(tiles: readonly ImageTile[], width: number, height: number): boolean {
  const edges = (size: number, ends: readonly number[]): number[] => [...new Set([0, ...ends])].filter((at) => at < size);
  const columns = edges(
    width,
    tiles.map((tile) => tile.x + tile.width),
  );
  const rows = edges(
    height,
    tiles.map((tile) => tile.y + tile.height),
  );
  return columns.every((x) =>
    rows.every((y) => tiles.some((tile) => x >= tile.x && x < tile.x + tile.width && y >= tile.y && y < tile.y + tile.height)),
  );
}
