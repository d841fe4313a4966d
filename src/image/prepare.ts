// From a decoded picture to what the vision encoder reads: smart resize, bicubic resampling, normalising, patches; noise on demand.
import { fault } from '../errors';
import type { ImageInput, VisionInfo } from '../model/latent-model';
import type { RunSettings } from '../settings/schema';
import { toImageInput } from './patchify';
import { resizeBicubic, type RgbPicture } from './resize';
import { smartResize } from './smart-resize';

/** A picture at the size the model sees it. */
export interface PreparedImage {
  readonly input: ImageInput;
  /** The resized picture, 8 bits a channel: what a preview shows. */
  readonly picture: RgbPicture;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /**
   * The same picture with Gaussian noise on its RGB values, on the scale where 1 is white; not clipped.
   * @param noise [3, height, width] standard normal numbers
   * @param strength standard deviation of the noise
   */
  noised(noise: Float32Array, strength: number): ImageInput;
}

/**
 * Prepares a decoded picture for a model. The pixel bounds are the settings' within the model's own.
 * @throws EngineFault BAD_IMAGE when the picture is empty or more than 200 times as long as wide.
 */
export function prepareImage(
  source: RgbPicture,
  vision: VisionInfo,
  settings: Pick<RunSettings, 'minPixels' | 'maxPixels'>,
): PreparedImage {
  if (source.data.length !== 3 * source.width * source.height) {
    throw fault('BAD_IMAGE', 'The picture is damaged: it has fewer pixels than it says.', 'Save it again as PNG or JPEG.');
  }
  const { width, height } = smartResize(source.width, source.height, {
    factor: vision.patchSize * vision.mergeSize,
    minPixels: Math.max(settings.minPixels, vision.minPixels),
    maxPixels: Math.min(settings.maxPixels, vision.maxPixels),
  });
  const picture = resizeBicubic(source, width, height);
  return {
    input: toImageInput(picture, vision),
    picture,
    sourceWidth: source.width,
    sourceHeight: source.height,
    noised: (noise, strength) => toImageInput(picture, vision, { noise, strength }),
  };
}
