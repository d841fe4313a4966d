// Colour arithmetic: OKLCH to sRGB inside the gamut, lightness, and WCAG contrast.

/** sRGB, 0..255 each, whole numbers. */
export type Rgb = readonly [number, number, number];

/** sRGB component 0..255 to linear light 0..1. */
function toLinear(component: number): number {
  const c = component / 255;
  return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
}

function toGamma(linear: number): number {
  return linear <= 0.0031308 ? linear * 12.92 : 1.055 * linear ** (1 / 2.4) - 0.055;
}

function oklchToLinear(lightness: number, chroma: number, hue: number): readonly [number, number, number] {
  const angle = (hue * Math.PI) / 180;
  const a = chroma * Math.cos(angle);
  const b = chroma * Math.sin(angle);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
}

const inGamut = (rgb: readonly number[]): boolean => rgb.every((c) => c >= -1e-4 && c <= 1 + 1e-4);

/** OKLCH (lightness 0..1, chroma, hue in degrees) to sRGB; chroma is lowered until the colour exists, lightness and hue are kept. */
export function oklchToRgb(lightness: number, chroma: number, hue: number): Rgb {
  let low = 0;
  let high = chroma;
  let linear = oklchToLinear(lightness, chroma, hue);
  if (!inGamut(linear)) {
    for (let i = 0; i < 20; i++) {
      const middle = (low + high) / 2;
      if (inGamut(oklchToLinear(lightness, middle, hue))) low = middle;
      else high = middle;
    }
    linear = oklchToLinear(lightness, low, hue);
  }
  const [r, g, b] = linear.map((c) => Math.round(255 * toGamma(Math.min(1, Math.max(0, c)))));
  return [r, g, b];
}

/** OKLab lightness 0..1 of an sRGB colour: equal differences look equal. */
export function perceivedLightness(colour: Rgb): number {
  const [r, g, b] = [toLinear(colour[0]), toLinear(colour[1]), toLinear(colour[2])];
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s;
}

function luminance(colour: Rgb): number {
  return 0.2126 * toLinear(colour[0]) + 0.7152 * toLinear(colour[1]) + 0.0722 * toLinear(colour[2]);
}

/** WCAG contrast ratio of two colours, 1..21. */
export function contrastRatio(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}
