// The image tokens of a run over the shown picture: its shape, its tiles, their cells, and rectangles with room at their edges.
import { tokenAt, tokenCount, tokenRect, type ImageTile, type PixelRect, type TiledPicture } from '../../src/image/tiles';
import type { RunEventOf } from '../../src/events/events';

/** The tiles with their coordinate space in source pixels: the shape the picture is shown in, never distorted. */
export type PatchGridView = TiledPicture;

/** The tiles laid over the source picture; the model's resize is a plain scaling, so equal parts stay equal parts. */
export function gridOf(image: Pick<RunEventOf<'image'>, 'tiles' | 'width' | 'height' | 'sourceWidth' | 'sourceHeight'>): PatchGridView {
  const [width, height] = [Math.max(1, image.sourceWidth), Math.max(1, image.sourceHeight)];
  const [scaleX, scaleY] = [width / image.width, height / image.height];
  const tiles = image.tiles.map((tile) => ({
    ...tile,
    x: tile.x * scaleX,
    y: tile.y * scaleY,
    width: tile.width * scaleX,
    height: tile.height * scaleY,
  }));
  return { width, height, tiles };
}

/** Where an image token stands among the tiles. */
export interface Cell {
  /** Number of the tile, from 0. */
  readonly tile: number;
  readonly column: number;
  readonly row: number;
}

/** The place of image token `patch`; null when there is no such token. */
export function cellOf({ tiles }: PatchGridView, patch: number): Cell | null {
  let first = 0;
  for (const [tile, { rows, columns }] of tiles.entries()) {
    const within = patch - first;
    if (within >= 0 && within < rows * columns) return { tile, column: within % columns, row: Math.floor(within / columns) };
    first += rows * columns;
  }
  return null;
}

/** Number of the first image token of `tile`. */
export function firstOf({ tiles }: PatchGridView, tile: number): number {
  return tokenCount(tiles.slice(0, tile));
}

/** Rectangle of image token `patch`, pulled in on every side by `inset` pixels of the grid's space; empty when there is no such token. */
export function rectOf(grid: PatchGridView, patch: number, inset = 0): PixelRect {
  const { x, y, width, height } = tokenRect(grid, patch, grid.width, grid.height) ?? { x: 0, y: 0, width: 0, height: 0 };
  return { x: x + inset, y: y + inset, width: Math.max(0, width - 2 * inset), height: Math.max(0, height - 2 * inset) };
}

/** The shorter side of the smallest image token, in pixels of the grid's space. */
export function smallestSide({ tiles }: PatchGridView): number {
  return Math.min(...tiles.map((tile: ImageTile) => Math.min(tile.width / tile.columns, tile.height / tile.rows)));
}

/** The image token at a place given as shares 0..1 of the shown picture, or null outside of it. */
export function patchAt(grid: PatchGridView, x: number, y: number): number | null {
  return tokenAt(grid, x * grid.width, y * grid.height, grid.width, grid.height);
}

const ARROWS: Readonly<Record<string, readonly [dx: number, dy: number]>> = {
  ArrowRight: [1, 0],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowUp: [0, -1],
};

/**
 * The image token a key leads to, or null when the key means nothing here. Arrows go to the neighbour in the tile, or to the one
 * of the tile beside it; Home and End to the ends of the row in the tile; Page Up and Page Down to the tile before and after.
 */
export function patchForKey(grid: PatchGridView, key: string, active: number | null): number | null {
  const arrow = ARROWS[key];
  const pages = key === 'PageDown' ? 1 : key === 'PageUp' ? -1 : 0;
  if (arrow === undefined && pages === 0 && key !== 'Home' && key !== 'End') return null;
  const cell = active === null ? null : cellOf(grid, active);
  if (cell === null || active === null) return 0;
  const { columns, rows } = grid.tiles[cell.tile];
  if (pages !== 0) return grid.tiles[cell.tile + pages] === undefined ? active : firstOf(grid, cell.tile + pages);
  if (arrow === undefined) return active + (key === 'Home' ? -cell.column : columns - 1 - cell.column);
  const [column, row] = [cell.column + arrow[0], cell.row + arrow[1]];
  if (column >= 0 && column < columns && row >= 0 && row < rows) return active + arrow[0] + arrow[1] * columns;
  const { x, y, width, height } = rectOf(grid, active);
  return patchAt(grid, (x + width * (0.5 + arrow[0])) / grid.width, (y + height * (0.5 + arrow[1])) / grid.height) ?? active;
}
