// The image tokens of a run over the shown picture: its shape, its cells, and rectangles with room at their edges.
import { tokenAt, tokenGrid, tokenRect, type PixelRect, type TokenGrid } from '../../src/image/grid';
import type { RunEventOf } from '../../src/events/events';

/** The token grid with the size of its coordinate space in source pixels: the shape the picture is shown in, never distorted. */
export interface PatchGridView extends TokenGrid {
  readonly width: number;
  readonly height: number;
}

/** The grid laid over the source picture; the model's resize is a plain scaling, so equal parts stay equal parts. */
export function gridOf(image: Pick<RunEventOf<'image'>, 'grid' | 'merge' | 'sourceWidth' | 'sourceHeight'>): PatchGridView {
  return { ...tokenGrid(image.grid, image.merge), width: Math.max(1, image.sourceWidth), height: Math.max(1, image.sourceHeight) };
}

/** Column and row of image token `patch` (row-major). */
export function cellOf({ columns }: TokenGrid, patch: number): { readonly column: number; readonly row: number } {
  return { column: patch % columns, row: Math.floor(patch / columns) };
}

/** Rectangle of image token `patch`, pulled in on every side by `inset` pixels of the grid's space. */
export function rectOf(grid: PatchGridView, patch: number, inset = 0): PixelRect {
  const { x, y, width, height } = tokenRect(grid, patch, grid.width, grid.height);
  return { x: x + inset, y: y + inset, width: Math.max(0, width - 2 * inset), height: Math.max(0, height - 2 * inset) };
}

/** The image token at a place given as shares 0..1 of the shown picture, or null outside of it. */
export function patchAt(grid: PatchGridView, x: number, y: number): number | null {
  return tokenAt(grid, x * grid.width, y * grid.height, grid.width, grid.height);
}
