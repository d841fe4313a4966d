// Corrupted copies of a picture, for measuring what an answer owes to it: noise, blur, masked blocks, plain grey, another picture.
import { fault } from '../errors';
import { blurred } from '../image/blur';
import { blended, GREY, masked } from '../image/corrupt';
import { resizeBicubic, type RgbPicture } from '../image/resize';
import { normalArray, type Random } from '../math/random';
import type { ModelImage } from '../model/latent-model';
import { CORRUPTIONS, type Corruption } from './corruptions';

export interface CorruptionSource {
  /** Number of the draw, 0 and up. */
  readonly draw: number;
  /** The numbers of a named random stream: draw d of noise takes 'picture noise d', of a mask 'picture mask d'. */
  random(stream: string): Random;
  /** The other picture; only `other` reads it. */
  readonly other?: RgbPicture;
}

/**
 * The corrupted copy of an image as its model sees it.
 * @throws EngineFault BAD_INPUT for a strength outside the kind's range, and for `other` without another picture
 */
export function corruptImage(image: ModelImage, { kind, strength }: Corruption, { draw, random, other }: CorruptionSource): ModelImage {
  const { most } = CORRUPTIONS[kind];
  if (!(strength >= 0 && strength <= most)) {
    throw fault('BAD_INPUT', `The strength of the corruption is ${strength}.`, `Choose a number from 0 to ${most}.`);
  }
  const { picture } = image;
  switch (kind) {
    case 'noise':
      return image.noised(normalArray(random(`picture noise ${draw}`), 3 * image.width * image.height), strength);
    case 'blur':
      return image.repainted(blurred(picture, strength * Math.min(picture.width, picture.height)));
    case 'mask':
      return image.repainted(masked(picture, image, strength, random(`picture mask ${draw}`)));
    case 'grey':
      return image.repainted(blended(picture, () => GREY, strength));
    case 'other': {
      if (other === undefined) throw fault('BAD_INPUT', 'There is no other picture to put in the place of this one.', 'Choose one.');
      const { data } = resizeBicubic(other, picture.width, picture.height);
      return image.repainted(blended(picture, (i) => data[i], strength));
    }
  }
}
