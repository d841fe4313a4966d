// The size at which Qwen2.5-VL looks at a picture: sides are multiples of the merged patch, pixels stay within bounds.
import { fault } from '../../../src/errors';

const MAX_ASPECT = 200;

export interface ResizeBounds {
  /** Pixels along one side of a merged patch: patch size times merge size. */
  readonly factor: number;
  readonly minPixels: number;
  readonly maxPixels: number;
}

/**
 * The smart resize of Qwen2-VL's image processor, halves rounded to even as Python does.
 * @throws EngineFault BAD_IMAGE when a side is 0 or one side is more than 200 times the other.
 */
export function smartResize(
  width: number,
  height: number,
  { factor, minPixels, maxPixels }: ResizeBounds,
): { readonly width: number; readonly height: number } {
  if (!(width >= 1 && height >= 1)) throw fault('BAD_IMAGE', 'The picture is empty.', 'Choose another picture.');
  if (Math.max(width, height) / Math.min(width, height) > MAX_ASPECT) {
    throw fault(
      'BAD_IMAGE',
      `The picture is ${width} x ${height} pixels; one side may be at most ${MAX_ASPECT} times the other.`,
      'Crop the picture.',
    );
  }
  const rounded = { width: roundHalfEven(width / factor) * factor, height: roundHalfEven(height / factor) * factor };
  const area = rounded.width * rounded.height;
  if (area > maxPixels) {
    const beta = Math.sqrt((height * width) / maxPixels);
    const down = (side: number) => Math.max(factor, Math.floor(side / beta / factor) * factor);
    return { width: down(width), height: down(height) };
  }
  if (area < minPixels) {
    const beta = Math.sqrt(minPixels / (height * width));
    const up = (side: number) => Math.ceil((side * beta) / factor) * factor;
    return { width: up(width), height: up(height) };
  }
  return rounded;
}

/** Rounds to the nearest whole number, halves to the even one. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  if (value - floor !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
