// Marks and attention on the picture: who lies on which patch, and what the colours span.
import { describe, expect, it } from 'vitest';
import type { StepEvent } from '../../src/events/events';
import { attentionGradient, attentionPixels } from '../../web/lib/attention-pixels';
import { cellForKey, indexForKey } from '../../web/lib/list-keys';
import { cellOf, gridOf, patchAt, rectOf } from '../../web/lib/patch-grid';
import { attentionAt, attentionRange, patchMarks } from '../../web/lib/patch-marks';
import { madeUpRun } from '../fixtures/made-up-run';

const steps = madeUpRun().filter((event): event is StepEvent => event.type === 'step');
const grid = gridOf({ grid: { t: 1, h: 14, w: 18 }, merge: 2, sourceWidth: 504, sourceHeight: 392 });

describe('patchMarks', () => {
  it('draws every held patch once per think token, marks of one patch at different depths', () => {
    steps.forEach((step, index) => {
      const marks = patchMarks(steps, index, null);
      const held = marks.filter((mark) => mark.kind !== 'rejected');
      expect(held).toHaveLength(step.patchCount);
      expect(held.filter((mark) => mark.kind === 'added')).toHaveLength(step.latents.flatMap((latent) => latent.added).length);
      const places = marks.map((mark) => `${mark.patch} ${mark.depth}`);
      expect(new Set(places).size).toBe(places.length);
    });
  });
  it('shows one think token when asked', () => {
    for (const mark of patchMarks(steps, 5, 2)) expect(mark.latent).toBe(2);
    expect(patchMarks(steps, 99, null)).toEqual([]);
  });
});

describe('attention', () => {
  it('is a row, or the mean of the rows', () => {
    const [step] = steps;
    expect(attentionAt(step, 1)).toBe(step.latents[1].attention);
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
      const { column, row } = cellOf(grid, patch);
      expect([x, y]).toEqual([column * 56, row * 56]);
    }
    expect(patchAt(grid, 1, 0.5)).toBeNull();
    expect(rectOf(grid, 0, 100)).toMatchObject({ width: 0, height: 0 });
  });
});

describe('keys', () => {
  it('move over a grid and stop at its edges', () => {
    expect(cellForKey('ArrowRight', null, 9, 7)).toBe(0);
    expect(cellForKey('ArrowDown', 3, 9, 7)).toBe(12);
    expect(cellForKey('ArrowLeft', 9, 9, 7)).toBe(9);
    expect(cellForKey('End', 9, 9, 7)).toBe(17);
    expect(cellForKey('a', 9, 9, 7)).toBeNull();
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
