// Which patches carry names and how those are set: inside the innermost outline, so that a name never lies over a line.
import { cellOf, type PatchGridView } from './patch-grid';
import type { PatchMark } from './patch-marks';

/** The think tokens named on one patch, in the order of their outlines, outermost first. */
export interface PatchName {
  readonly patch: number;
  readonly latents: readonly number[];
}

/** Who holds which patch, said once for each group of touching patches with the same holders: on its first patch. */
export function namedPatches(grid: PatchGridView, marks: readonly PatchMark[]): PatchName[] {
  const holders = new Map<number, number[]>();
  for (const { patch, latent, kind } of marks) {
    if (kind === 'rejected') continue;
    const list = holders.get(patch);
    if (list) list.push(latent);
    else holders.set(patch, [latent]);
  }
  const key = (patch: number): string => holders.get(patch)?.join() ?? '';
  return [...holders]
    .filter(([patch, latents]) => {
      const own = latents.join();
      const cell = cellOf(grid, patch);
      if (cell === null) return false;
      const above = cell.row > 0 && key(patch - grid.tiles[cell.tile].columns) === own;
      const left = cell.column > 0 && key(patch - 1) === own;
      return !above && !left;
    })
    .map(([patch, latents]) => ({ patch, latents }));
}

/** Width of one character over the size of the type, with a little to spare, and the distance of lines. */
const CHARACTER = 0.62;
const LINE = 1.1;

/**
 * Names in lines that fit `width` x `height` at type of `size`, or null when they do not. Lines fill from the left, as words do.
 */
export function setNames(names: readonly string[], width: number, height: number, size: number): string[][] | null {
  const lines: string[][] = [];
  let room = 0;
  for (const name of names) {
    const needed = name.length * CHARACTER * size;
    if (needed > width) return null;
    const gap = 0.5 * CHARACTER * size;
    const last = lines.at(-1);
    if (last && needed + gap <= room) {
      last.push(name);
      room -= needed + gap;
    } else {
      lines.push([name]);
      room = width - needed;
    }
  }
  return lines.length * LINE * size <= height ? lines : null;
}
