// Another picture for a control: the run's own upside down with its colours exchanged.
import type { RgbPicture } from '../../image/resize';

/**
 * The picture turned by half and with red, green and blue each in the next one's place: as many things of the same shapes and sizes, none at its
 * place and (grey apart) none in its colour. A run has one picture; this is another of the same kind, where noise would be of no kind at all.
 */
export function changedPicture({ width, height, data }: RgbPicture): RgbPicture {
  const changed = new Uint8ClampedArray(data.length);
  const pixels = width * height;
  for (let pixel = 0; pixel < pixels; pixel++) {
    const from = 3 * (pixels - 1 - pixel);
    for (let channel = 0; channel < 3; channel++) changed[3 * pixel + ((channel + 1) % 3)] = data[from + channel];
  }
  return { width, height, data: changed };
}
