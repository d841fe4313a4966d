// Colour maps: readable ink everywhere, lightness that changes evenly, and scales that keep sign and order.
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import {
  divergingColour,
  legendGradient,
  MIN_CONTRAST,
  niceLimit,
  readableInk,
  sequentialColour,
  strength,
} from '../../../../web/lib/color-map';
import { contrastRatio, oklchToRgb, perceivedLightness, type Rgb } from '../../../../web/lib/color-space';

const themes = ['light', 'dark'] as const;
const places = Array.from({ length: 101 }, (_, i) => i / 100);
const steps = (colours: readonly Rgb[]): number[] => colours.slice(1).map((c, i) => perceivedLightness(c) - perceivedLightness(colours[i]));

describe('colour space', () => {
  it('knows black, white and their contrast', () => {
    expect(contrastRatio([0, 0, 0], [255, 255, 255])).toBeCloseTo(21, 5);
    expect(perceivedLightness([255, 255, 255])).toBeCloseTo(1, 4);
    expect(oklchToRgb(1, 0, 0)).toEqual([255, 255, 255]);
  });
  it('keeps lightness when it has to lower chroma', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.1, max: 0.95, noNaN: true }), fc.integer({ min: 0, max: 359 }), (l, hue) => {
        expect(Math.abs(perceivedLightness(oklchToRgb(l, 0.4, hue)) - l)).toBeLessThan(0.012);
      }),
    );
  });
});

describe('maps', () => {
  it('sequential lightness falls evenly', () => {
    const changes = steps(places.map(sequentialColour));
    expect(Math.max(...changes)).toBeLessThan(0);
    const mean = changes.reduce((a, b) => a + b) / changes.length;
    for (const change of changes) expect(Math.abs(change - mean)).toBeLessThan(0.006);
  });
  it.each(themes)('both arms of the diverging map have the same lightness (%s)', (theme) => {
    for (const t of places) {
      const above = perceivedLightness(divergingColour(t, theme));
      expect(Math.abs(above - perceivedLightness(divergingColour(-t, theme)))).toBeLessThan(0.02);
    }
    const sign = theme === 'light' ? -1 : 1;
    // One step of 1 % may fall on the same table entry's rounding; five may not.
    const coarse = steps(places.filter((_, i) => i % 5 === 0).map((t) => divergingColour(t, theme)));
    for (const change of coarse) expect(change * sign).toBeGreaterThan(0);
  });
  it.each(themes)('text can be read on every colour (%s)', (theme) => {
    for (const t of places) {
      for (const colour of [divergingColour(t, theme), divergingColour(-t, theme), sequentialColour(t)]) {
        expect(contrastRatio(readableInk(colour, theme), colour)).toBeGreaterThanOrEqual(MIN_CONTRAST);
      }
    }
  });
  it('any colour at all gets an ink that can be read', () => {
    const component = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(component, component, component, (r, g, b) => {
        for (const theme of themes) expect(contrastRatio(readableInk([r, g, b], theme), [r, g, b])).toBeGreaterThanOrEqual(MIN_CONTRAST);
      }),
    );
  });
  it('legends are gradients of the same colours', () => {
    expect(legendGradient('sequential', 'light', 0.5)).toContain(`rgb(${sequentialColour(1).join(' ')})`);
    expect(legendGradient('diverging', 'dark', 0.5)).toContain(`rgb(${divergingColour(-1, 'dark').join(' ')})`);
  });
});

describe('scales', () => {
  const scale = fc.record({
    limit: fc.double({ min: 0.01, max: 100, noNaN: true }),
    intensity: fc.double({ min: 0, max: 1, noNaN: true }),
  });
  const value = fc.double({ min: -100, max: 100, noNaN: true });
  it('keep sign and order, and stay within -1..1', () => {
    fc.assert(
      fc.property(scale, value, value, (s, a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        expect(strength(low, s)).toBeLessThanOrEqual(strength(high, s) + 1e-12);
        expect(Math.abs(strength(a, s))).toBeLessThanOrEqual(1);
        if (strength(a, s) !== 0) expect(Math.sign(strength(a, s))).toBe(Math.sign(a));
      }),
    );
  });
  it('more intensity never weakens a colour', () => {
    expect(strength(0.3, { limit: 1, intensity: 0.9 })).toBeGreaterThan(strength(0.3, { limit: 1, intensity: 0.2 }));
  });
  it('limits are round and ignore one outlier among many', () => {
    expect(niceLimit([0.3, -0.88], 0.5)).toBe(0.9);
    expect(niceLimit([], 0.5)).toBe(0.5);
    expect(niceLimit([...Array.from({ length: 99 }, () => 1.4), 80], 0.5)).toBe(2);
  });
});
