// Marks and attention on the picture: which think token holds which patch, and what the colours span.
import { describe, expect, it } from 'vitest';
import type { StepEvent } from '../../../../src/events/events';
import { attentionGradient, attentionPixels } from '../../../../web/lib/attention-pixels';
import { indexForKey } from '../../../../web/lib/list-keys';
import { cellOf, firstOf, gridOf, patchAt, patchForKey, rectOf, smallestSide } from '../../../../web/lib/patch-grid';
import { attentionAt, attentionRange, patchMarks } from '../../../../web/lib/patch-marks';
import { viewOf } from '../../../../web/views/methods/registry';
import { madeUpRun } from '../../../fixtures/made-up-run';

const steps = madeUpRun().filter((event): event is StepEvent => event.type === 'step');
const { rejected } = viewOf('dmlr');
const tile = { x: 0, y: 0, width: 252, height: 196, rows: 7, columns: 9 };
const grid = gridOf({ width: 252, height: 196, tiles: [tile], sourceWidth: 504, sourceHeight: 392 });
/** Two tiles side by side, and the whole picture once more. */
const tiled = gridOf({
  width: 80,
  height: 40,
  sourceWidth: 160,
  sourceHeight: 80,
  tiles: [
    { x: 0, y: 0, width: 40, height: 40, rows: 2, columns: 2 },
    { x: 40, y: 0, width: 40, height: 40, rows: 2, columns: 2 },
    { x: 0, y: 0, width: 80, height: 40, rows: 1, columns: 2 },
  ],
});

describe('patchMarks', () => {
  it('draws every held patch once per think token, marks of one patch at different depths', () => {
    steps.forEach((step, index) => {
      const marks = patchMarks(steps, index, null, rejected);
      const held = marks.filter((mark) => mark.kind !== 'rejected');
      expect(held).toHaveLength(step.patchCount);
      expect(held.filter((mark) => mark.kind === 'added')).toHaveLength(step.latents.flatMap((latent) => latent.added).length);
      const places = marks.map((mark) => `${mark.patch} ${mark.depth}`);
      expect(new Set(places).size).toBe(places.length);
    });
  });
  it('shows one think token when asked', () => {
    for (const mark of patchMarks(steps, 5, 2, rejected)) expect(mark.latent).toBe(2);
    expect(patchMarks(steps, 99, null, rejected)).toEqual([]);
  });
});

describe('attention', () => {
  it('is a row, or the mean of the rows', () => {
    const [step] = steps;
    expect(attentionAt(step, 1)).toBe(step.latents[1].attention);
    expect(attentionAt(step, 12), 'a think token that this step does not have').toEqual([]);
    const mean = step.latents.reduce((sum, latent) => sum + latent.attention[7] / step.latents.length, 0);
    expect(attentionAt(step, null)[7]).toBeCloseTo(mean, 10);
    expect(attentionAt(undefined, null)).toEqual([]);
  });
  it('survives steps without attention', () => {
    const bare = { ...steps[0], latents: steps[0].latents.map((latent) => ({ ...latent, attention: [] })) };
    expect(attentionAt(bare, null)).toEqual([]);
    expect(attentionRange([bare]).high).toBeGreaterThan(attentionRange([bare]).low);
  });
  it('spans from the mean to at least the largest value', () => {
    const all = steps.flatMap((step) => step.latents.flatMap((latent) => latent.attention));
    const { low, high } = attentionRange(steps);
    expect(high).toBeGreaterThanOrEqual(Math.max(...all));
    expect(low).toBeCloseTo(all.reduce((a, b) => a + b) / all.length, 3);
  });
  it('is transparent at and below the mean, strongest at the top', () => {
    const pixels = attentionPixels([0.001, 0.01, 0.02, 0.03], 5, { low: 0.01, high: 0.03 }, 0.5);
    const opacity = [3, 7, 11, 15, 19].map((i) => pixels[i]);
    expect(opacity.slice(0, 2)).toEqual([0, 0]);
    expect(opacity[2]).toBeGreaterThan(0);
    expect(opacity[3]).toBeGreaterThan(opacity[2]);
    expect(opacity[4]).toBe(0);
    expect(attentionPixels([1], 1, { low: 0, high: 1 }, 0)[3]).toBe(0);
    expect(attentionGradient(0.5)).toContain('linear-gradient');
  });
});

describe('the grid', () => {
  it('finds the patch under a point, and its cell', () => {
    for (let patch = 0; patch < 63; patch++) {
      const { x, y, width, height } = rectOf(grid, patch);
      expect(patchAt(grid, (x + width / 2) / 504, (y + height / 2) / 392)).toBe(patch);
      const cell = cellOf(grid, patch);
      expect(cell).toEqual({ tile: 0, column: x / 56, row: y / 56 });
    }
    expect(patchAt(grid, 1, 0.5)).toBeNull();
    expect(rectOf(grid, 0, 100)).toMatchObject({ width: 0, height: 0 });
    expect(cellOf(grid, 63)).toBeNull();
  });
  it('tells tiles apart, and where they lie', () => {
    expect(cellOf(tiled, 6)).toEqual({ tile: 1, column: 0, row: 1 });
    expect(rectOf(tiled, 6)).toEqual({ x: 80, y: 40, width: 40, height: 40 });
    expect(rectOf(tiled, 9)).toEqual({ x: 80, y: 0, width: 80, height: 80 });
    expect([0, 1, 2].map((index) => firstOf(tiled, index))).toEqual([0, 4, 8]);
    expect(patchAt(tiled, 0.9, 0.9)).toBe(7);
    expect(smallestSide(tiled)).toBe(40);
  });
});

describe('keys', () => {
  it('move over a grid and stop at its edges', () => {
    expect(patchForKey(grid, 'ArrowRight', null)).toBe(0);
    expect(patchForKey(grid, 'ArrowDown', 3)).toBe(12);
    expect(patchForKey(grid, 'ArrowLeft', 9)).toBe(9);
    expect(patchForKey(grid, 'ArrowDown', 60)).toBe(60);
    expect(patchForKey(grid, 'Home', 12)).toBe(9);
    expect(patchForKey(grid, 'End', 9)).toBe(17);
    expect(patchForKey(grid, 'PageDown', 9)).toBe(9);
    expect(patchForKey(grid, 'a', 9)).toBeNull();
  });
  it('go on in the tile beside, and change the tile', () => {
    expect(patchForKey(tiled, 'ArrowRight', 3)).toBe(6);
    expect(patchForKey(tiled, 'ArrowLeft', 6)).toBe(3);
    expect(patchForKey(tiled, 'ArrowRight', 7)).toBe(7);
    expect(patchForKey(tiled, 'PageDown', 5)).toBe(8);
    expect(patchForKey(tiled, 'PageUp', 9)).toBe(4);
    expect(patchForKey(tiled, 'ArrowRight', 8)).toBe(9);
  });
  it('move along a list and stop at its ends', () => {
    expect(indexForKey('ArrowRight', null, 4)).toBe(0);
    expect(indexForKey('ArrowLeft', null, 4)).toBe(3);
    expect(indexForKey('PageDown', 1, 4)).toBe(3);
    expect(indexForKey('Home', 3, 4)).toBe(0);
    expect(indexForKey('ArrowRight', 0, 0)).toBeNull();
    expect(indexForKey('Tab', 0, 4)).toBeNull();
  });
});
