// Perceptually even colour maps as objects: a value becomes a background and an ink that can be read on it.
import { contrastRatio, oklchToRgb, type Rgb } from './color-space';

export type Theme = 'light' | 'dark';

/** Lowest contrast of text on any colour of a map (WCAG AA). */
export const MIN_CONTRAST = 4.5;

const BLACK: Rgb = [0, 0, 0];
const WHITE: Rgb = [255, 255, 255];

/** Ink of the page per theme; equals --ink in tokens.css, and is kept wherever it can be read. */
const PAGE_INK: Record<Theme, Rgb> = { light: [27, 26, 23], dark: [238, 236, 230] };

/** A colour in OKLCH at a place 0..1 of a ramp. Lightness is linear in the place, so equal steps look equal. */
interface Ramp {
  readonly lightness: readonly [number, number];
  readonly chroma: (t: number) => number;
  /** Degrees at the start and the end. */
  readonly hue: readonly [number, number];
}

const STEPS = 256;

function table(ramp: Ramp): readonly Rgb[] {
  return Array.from({ length: STEPS }, (_, i) => {
    const t = i / (STEPS - 1);
    const mix = (pair: readonly [number, number]): number => pair[0] + (pair[1] - pair[0]) * t;
    return oklchToRgb(mix(ramp.lightness), ramp.chroma(t), mix(ramp.hue));
  });
}

function lookUp(colours: readonly Rgb[], t: number): Rgb {
  const place = Math.min(1, Math.max(0, Number.isFinite(t) ? t : 0));
  return colours[Math.round(place * (STEPS - 1))];
}

// Attention lies over the picture, which is the same in both themes: pale amber to deep violet, lightness falling evenly.
const SEQUENTIAL = table({
  lightness: [0.93, 0.33],
  chroma: (t) => 0.06 + 0.12 * Math.sin(Math.PI * (0.15 + 0.7 * t)),
  hue: [85, -65],
});

const CENTRE: Record<Theme, number> = { light: 0.99, dark: 0.24 };
const END: Record<Theme, number> = { light: 0.66, dark: 0.7 };
const arm = (theme: Theme, hue: number): readonly Rgb[] =>
  table({ lightness: [CENTRE[theme], END[theme]], chroma: (t) => 0.005 + 0.125 * t, hue: [hue, hue] });

// Signed values: blue-green above zero, orange below; the two arms have the same lightness, so strength is seen without hue.
const DIVERGING: Record<Theme, { readonly above: readonly Rgb[]; readonly below: readonly Rgb[] }> = {
  light: { above: arm('light', 205), below: arm('light', 55) },
  dark: { above: arm('dark', 205), below: arm('dark', 55) },
};

/** Colour of a strength 0..1 on the sequential map (clamped), sRGB 0..255. */
export function sequentialColour(t: number): Rgb {
  return lookUp(SEQUENTIAL, t);
}

/** Colour of a signed strength -1..1 on the diverging map of a theme (clamped), sRGB 0..255; 0 is the surface. */
export function divergingColour(t: number, theme: Theme): Rgb {
  const { above, below } = DIVERGING[theme];
  return t < 0 ? lookUp(below, -t) : lookUp(above, t);
}

/** The ink to write with on a background: the page's own where it reaches `MIN_CONTRAST`, else black or white. */
export function readableInk(background: Rgb, theme: Theme): Rgb {
  const page = PAGE_INK[theme];
  if (contrastRatio(page, background) >= MIN_CONTRAST) return page;
  return contrastRatio(BLACK, background) >= contrastRatio(WHITE, background) ? BLACK : WHITE;
}

/** `rgb(r g b)` or, with an alpha below 1, `rgb(r g b / a)`. */
export function toCss(colour: Rgb, alpha = 1): string {
  const [r, g, b] = colour;
  return alpha < 1 ? `rgb(${r} ${g} ${b} / ${Number(alpha.toFixed(3))})` : `rgb(${r} ${g} ${b})`;
}

/**
 * How values become strengths: linear in the value up to `limit`, then bent by an exponent so that weak ones stay visible.
 * `intensity` 0..1 moves both together; 0.5 is the plain scale.
 */
export interface Scale {
  /** Largest magnitude of the domain, > 0. */
  readonly limit: number;
  readonly intensity: number;
}

/** Strength of a value on a scale, -1..1 with the value's sign (0..1 for values that have none). */
export function strength(value: number, scale: Scale): number {
  if (!(scale.limit > 0) || !Number.isFinite(value)) return 0;
  const gain = 0.5 + scale.intensity;
  const bent = Math.min(1, (Math.abs(value) / scale.limit) * gain) ** (1.5 - scale.intensity);
  return Math.sign(value) * bent;
}

/** A limit of one significant digit that holds the magnitudes, but for the largest 2 % of many, so that an outlier does not flatten the rest. */
export function niceLimit(values: readonly number[], smallest: number): number {
  const sizes = values
    .filter(Number.isFinite)
    .map(Math.abs)
    .sort((a, b) => a - b);
  const high = sizes.length === 0 ? smallest : Math.max(smallest, sizes[Math.ceil(0.98 * (sizes.length - 1))]);
  const power = 10 ** Math.floor(Math.log10(high));
  return Number((Math.ceil((high / power) * (1 - 1e-9)) * power).toPrecision(1));
}

/** CSS gradient of a legend: the signed map from -limit to limit, or the sequential one from 0 to its limit. */
export function legendGradient(kind: 'sequential' | 'diverging', theme: Theme, intensity: number): string {
  const stops = Array.from({ length: 25 }, (_, i) => {
    const place = i / 24;
    if (kind === 'sequential') return toCss(sequentialColour(strength(place, { limit: 1, intensity })));
    return toCss(divergingColour(strength(place * 2 - 1, { limit: 1, intensity }), theme));
  });
  return `linear-gradient(to right, ${stops.join(', ')})`;
}
