// Lays a picture with transparency on white: what a model sees must be what a visitor sees on paper.
import type { RgbPicture } from './resize';

/** `rgba`: [height, width, 4], 8 bits a channel, alpha not premultiplied (as a canvas gives it). */
export function flattenOnWhite(rgba: Uint8Array | Uint8ClampedArray, width: number, height: number): RgbPicture {
  const data = new Uint8ClampedArray(3 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    const alpha = rgba[4 * pixel + 3] / 255;
    for (let channel = 0; channel < 3; channel++) {
      data[3 * pixel + channel] = rgba[4 * pixel + channel] * alpha + 255 * (1 - alpha);
    }
  }
  return { width, height, data };
}
