// Names on patches: said once per group of touching patches with the same holders, and set only where they fit.
import { describe, expect, it } from 'vitest';
import type { PatchMark } from '../../../../web/lib/patch-marks';
import { namedPatches, setNames } from '../../../../web/lib/patch-names';

const GRID = { width: 60, height: 60, tiles: [{ x: 0, y: 0, width: 60, height: 60, columns: 6, rows: 6 }] };
/** Two tiles of 6 x 3, one below the other. */
const HALVES = {
  width: 60,
  height: 60,
  tiles: [0, 30].map((y) => ({ x: 0, y, width: 60, height: 30, columns: 6, rows: 3 })),
};
const held = (patch: number, ...latents: number[]): PatchMark[] =>
  latents.map((latent, depth) => ({ patch, latent, kind: 'kept', strength: 1, depth }));

describe('namedPatches', () => {
  it('names a row of patches once, on its first', () => {
    expect(namedPatches(GRID, [...held(7, 0), ...held(8, 0), ...held(9, 0)])).toEqual([{ patch: 7, latents: [0] }]);
  });
  it('names a patch anew where other think tokens hold it too', () => {
    expect(namedPatches(GRID, [...held(7, 0), ...held(8, 0, 2), ...held(14, 0, 2)])).toEqual([
      { patch: 7, latents: [0] },
      { patch: 8, latents: [0, 2] },
    ]);
  });
  it('does not take the end of one row and the start of the next for neighbours', () => {
    expect(namedPatches(GRID, [...held(5, 1), ...held(6, 1)])).toHaveLength(2);
  });
  it('does not take patches of two tiles for neighbours', () => {
    expect(namedPatches(HALVES, [...held(12, 1), ...held(18, 1)])).toHaveLength(2);
    expect(namedPatches(GRID, [...held(12, 1), ...held(18, 1)])).toHaveLength(1);
  });
  it('does not name what was turned down', () => {
    expect(namedPatches(GRID, [{ patch: 3, latent: 0, kind: 'rejected', strength: 1, depth: 0 }])).toEqual([]);
  });
});

describe('setNames', () => {
  it('fills lines from the left and keeps the order', () => {
    expect(setNames(['t1', 't2', 't3', 't4'], 40, 40, 12)).toEqual([
      ['t1', 't2'],
      ['t3', 't4'],
    ]);
  });
  it('gives up where the names are too wide or too many', () => {
    expect(setNames(['t12'], 20, 40, 12)).toBeNull();
    expect(setNames(['t1', 't2', 't3'], 20, 30, 12)).toBeNull();
  });
});
