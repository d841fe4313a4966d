// M-RoPE positions: text rows count on all three axes together, image rows spread over time, height and width.

/** Size of a picture in patches before merging: `t` frames, `h` rows, `w` columns. */
export interface PatchGrid {
  readonly t: number;
  readonly h: number;
  readonly w: number;
}

/** A stretch of the prompt: so many text rows, or one picture. */
export type Stretch = { readonly rows: number } | { readonly grid: PatchGrid; readonly merge: number };

export interface RopePositions {
  /** [3, rows]: time, height, width. */
  readonly positions: Int32Array;
  /** The position a text row after the last one gets. */
  readonly next: number;
}

/** Merged tokens of a picture: t * (h / merge) * (w / merge). */
export function mergedTokens(grid: PatchGrid, merge: number): number {
  return grid.t * (grid.h / merge) * (grid.w / merge);
}

/**
 * Positions of a prompt (Qwen2-VL, section 2.1, "M-RoPE"; Qwen2.5-VL's `get_rope_index` for still pictures). A picture's
 * tokens stand at start + (frame, row, column) of the merged grid; what follows continues after the largest of them.
 */
export function ropePositions(stretches: readonly Stretch[]): RopePositions {
  const total = stretches.reduce((sum, s) => sum + ('rows' in s ? s.rows : mergedTokens(s.grid, s.merge)), 0);
  const positions = new Int32Array(3 * total);
  const set = (row: number, time: number, height: number, width: number): void => {
    positions[row] = time;
    positions[total + row] = height;
    positions[2 * total + row] = width;
  };
  let row = 0;
  let next = 0;
  for (const stretch of stretches) {
    if ('rows' in stretch) {
      for (let i = 0; i < stretch.rows; i += 1, row += 1, next += 1) set(row, next, next, next);
      continue;
    }
    const height = stretch.grid.h / stretch.merge;
    const width = stretch.grid.w / stretch.merge;
    for (let t = 0; t < stretch.grid.t; t += 1)
      for (let y = 0; y < height; y += 1) for (let x = 0; x < width; x += 1, row += 1) set(row, next + t, next + y, next + x);
    next += Math.max(stretch.grid.t, height, width);
  }
  return { positions, next };
}
