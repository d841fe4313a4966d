// The name of a patch in words: its number and where it lies.
import { cellOf, type PatchGridView } from '../../lib/patch-grid';
import { runText } from '../../strings/run';

/** Number, tile where there are several, column and row, counted from 1. */
export function patchName(grid: PatchGridView, patch: number): string {
  const { tile, column, row } = cellOf(grid, patch) ?? { tile: 0, column: 0, row: 0 };
  return runText.overlay.patch(patch, grid.tiles.length > 1 ? tile : null, column, row);
}
