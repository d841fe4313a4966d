// Attention as pixels: the sequential map with an opacity that rises with the value, so that the picture stays readable.
import { sequentialColour, strength, toCss } from './color-map';
import type { AttentionRange } from './patch-marks';

/** Opacity of the strongest attention. */
const FULL = 0.86;

/** How opaque a strength 0..1 is drawn. */
export function attentionOpacity(share: number, intensity: number): number {
  return intensity <= 0 ? 0 : FULL * Math.min(1, share * (0.5 + intensity));
}

/** RGBA bytes [count * 4] of `attention`; what is missing, or below the range, is transparent. */
export function attentionPixels(attention: readonly number[], count: number, range: AttentionRange, intensity: number): Uint8ClampedArray {
  const pixels = new Uint8ClampedArray(count * 4);
  for (let i = 0; i < Math.min(count, attention.length); i++) {
    const share = strength(Math.max(0, attention[i] - range.low), { limit: range.high - range.low, intensity });
    const [r, g, b] = sequentialColour(share);
    pixels.set([r, g, b, Math.round(255 * attentionOpacity(share, intensity))], i * 4);
  }
  return pixels;
}

/** CSS background of the same colours over white, from the low to the high end of the range, for the legend. */
export function attentionGradient(intensity: number): string {
  const stops = Array.from({ length: 17 }, (_, i) => {
    const share = strength(i / 16, { limit: 1, intensity });
    return toCss(sequentialColour(share), attentionOpacity(share, intensity));
  });
  return `linear-gradient(to right, ${stops.join(', ')}), white`;
}
