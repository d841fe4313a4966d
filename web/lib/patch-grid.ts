// Where the image tokens of a run lie: columns, rows, and rectangles in the pixels of the shown picture.
import type { RunEventOf } from '../../src/run/events';

export interface PatchGridView {
  readonly columns: number;
  readonly rows: number;
  /** Size of the coordinate space, in source pixels: the shape the picture is shown in, never distorted. */
  readonly width: number;
  readonly height: number;
}

export interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The merged-token grid laid over the source picture; the model's resize is a plain scaling, so equal parts stay equal parts. */
export function gridOf(image: Pick<RunEventOf<'image'>, 'grid' | 'merge' | 'sourceWidth' | 'sourceHeight'>): PatchGridView {
  return {
    columns: Math.max(1, Math.floor(image.grid.w / image.merge)),
    rows: Math.max(1, Math.floor(image.grid.h / image.merge)),
    width: Math.max(1, image.sourceWidth),
    height: Math.max(1, image.sourceHeight),
  };
}

/** Column and row of image token `patch` (row-major). */
export function cellOf(grid: PatchGridView, patch: number): { readonly column: number; readonly row: number } {
  return { column: patch % grid.columns, row: Math.floor(patch / grid.columns) % grid.rows };
}

/** Rectangle of image token `patch`, pulled in on every side by `inset` pixels of the grid's space. */
export function rectOf(grid: PatchGridView, patch: number, inset = 0): Rect {
  const { column, row } = cellOf(grid, patch);
  const width = grid.width / grid.columns;
  const height = grid.height / grid.rows;
  return {
    x: column * width + inset,
    y: row * height + inset,
    width: Math.max(0, width - 2 * inset),
    height: Math.max(0, height - 2 * inset),
  };
}

/** The image token at a place given as shares 0..1 of the shown picture, or null outside of it. */
export function patchAt(grid: PatchGridView, x: number, y: number): number | null {
  if (!(x >= 0 && x < 1 && y >= 0 && y < 1)) return null;
  return Math.floor(y * grid.rows) * grid.columns + Math.floor(x * grid.columns);
}
