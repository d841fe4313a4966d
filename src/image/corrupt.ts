// Pixels of a picture painted over: blended with others, or image tokens masked.
import type { Random } from '../math/random';
import type { RgbPicture } from './resize';
import { tokenCount, tokenRect, type TiledPicture } from './tiles';

/** The grey between black and white. */
export const GREY = 128;

/** `picture`, of which every number is moved towards another by `share`, 0..1. */
export function blended({ width, height, data }: RgbPicture, towards: (i: number) => number, share: number): RgbPicture {
  return { width, height, data: Uint8ClampedArray.from(data, (value, i) => value + share * (towards(i) - value)) };
}

/** `picture` with round(share * tokens) of its image tokens painted grey, drawn evenly and none twice. */
export function masked(picture: RgbPicture, tiled: TiledPicture, share: number, random: Random): RgbPicture {
  const { width, height } = picture;
  const data = Uint8ClampedArray.from(picture.data);
  const left = Array.from({ length: tokenCount(tiled.tiles) }, (_, token) => token);
  for (let count = Math.round(share * left.length); count > 0; count--) {
    const [token] = left.splice(Math.floor(random.uniform() * left.length), 1);
    const cell = tokenRect(tiled, token, width, height);
    if (cell === null) continue;
    const [from, to] = [Math.round(cell.x), Math.round(cell.x + cell.width)];
    for (let y = Math.round(cell.y); y < Math.round(cell.y + cell.height); y++) {
      data.fill(GREY, 3 * (y * width + from), 3 * (y * width + to));
    }
  }
  return { width, height, data };
}
