// Which pixels a merged image token stands for, and which token stands for a pixel: the one place that says.
import type { PatchGrid } from '../model/latent-model';

/** A picture's merged tokens: `columns` by `rows`, each `width / columns` pixels wide and `height / rows` high. */
export interface TokenGrid {
  readonly columns: number;
  readonly rows: number;
}

/** In pixels of whatever size the picture is shown at. */
export interface PixelRect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The grid of merged tokens of a grid of patches. */
export function tokenGrid(grid: PatchGrid, merge: number): TokenGrid {
  return { columns: grid.w / merge, rows: grid.h / merge };
}

/** Where token `index` (row by row) lies in a picture shown at `width` x `height`. */
export function tokenRect({ columns, rows }: TokenGrid, index: number, width: number, height: number): PixelRect {
  const column = index % columns;
  const row = Math.floor(index / columns);
  return { x: (column * width) / columns, y: (row * height) / rows, width: width / columns, height: height / rows };
}

/** The token at a point of a picture shown at `width` x `height`, or null outside. Inverse of `tokenRect`. */
export function tokenAt({ columns, rows }: TokenGrid, x: number, y: number, width: number, height: number): number | null {
  if (!(x >= 0 && y >= 0 && x < width && y < height)) return null;
  const column = Math.min(columns - 1, Math.floor((x * columns) / width));
  const row = Math.min(rows - 1, Math.floor((y * rows) / height));
  return row * columns + column;
}
