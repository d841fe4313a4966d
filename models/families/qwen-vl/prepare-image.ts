// From a decoded picture to what the vision encoder reads: smart resize, bicubic resampling, normalising, patches; noise on demand.
import { fault } from '../../../src/errors';
import { checkSameSize, resizeBicubic, type RgbPicture } from '../../../src/image/resize';
import type { ImageTile } from '../../../src/image/tiles';
import type { ModelImage, PixelBounds } from '../../../src/model/latent-model';
import { toPatches, type PixelNoise } from './patchify';
import type { PictureConfig } from './picture-config';
import type { PatchGrid } from './rope';
import { smartResize } from './smart-resize';

/** A picture prepared for a Qwen-VL model. */
export class QwenImage implements ModelImage {
  readonly width: number;
  readonly height: number;
  /** In patches before merging. */
  readonly grid: PatchGrid;
  readonly tiles: readonly ImageTile[];
  readonly #config: PictureConfig;
  readonly #noise: PixelNoise | undefined;
  #pixelValues: Float32Array | null = null;

  constructor(
    readonly picture: RgbPicture,
    readonly sourceWidth: number,
    readonly sourceHeight: number,
    config: PictureConfig,
    noise?: PixelNoise,
  ) {
    const { width, height } = picture;
    const { patchSize, mergeSize } = config;
    this.width = width;
    this.height = height;
    this.grid = { t: 1, h: height / patchSize, w: width / patchSize };
    this.tiles = [{ x: 0, y: 0, width, height, rows: this.grid.h / mergeSize, columns: this.grid.w / mergeSize }];
    this.#config = config;
    this.#noise = noise;
  }

  /** An image as this family made it. Throws INTERNAL for one of another family. */
  static own(image: ModelImage): QwenImage {
    if (image instanceof QwenImage) return image;
    throw fault('INTERNAL', 'The picture was prepared for another kind of model.', 'Run again.', { retry: true });
  }

  /** [t*h*w, channels*temporal*patch*patch] in merge-block order, normalised per channel; see `toPatches`. */
  get pixelValues(): Float32Array {
    this.#pixelValues ??= toPatches(this.picture, this.#config, this.#noise);
    return this.#pixelValues;
  }

  noised(noise: Float32Array, strength: number): QwenImage {
    return new QwenImage(this.picture, this.sourceWidth, this.sourceHeight, this.#config, { noise, strength });
  }

  repainted(picture: RgbPicture): QwenImage {
    checkSameSize(this.picture, picture);
    return new QwenImage(picture, this.sourceWidth, this.sourceHeight, this.#config);
  }
}

/**
 * Prepares a decoded picture. The pixel bounds are those given, each moved within the model's own.
 * @throws EngineFault BAD_IMAGE when the picture is empty or more than 200 times as long as wide.
 */
export function prepareImage(source: RgbPicture, config: PictureConfig, bounds: PixelBounds): QwenImage {
  if (source.data.length !== 3 * source.width * source.height) {
    throw fault('BAD_IMAGE', 'The picture is damaged: it has fewer pixels than it says.', 'Save it again as PNG or JPEG.');
  }
  const within = (pixels: number): number => Math.min(Math.max(pixels, config.minPixels), config.maxPixels);
  const { width, height } = smartResize(source.width, source.height, {
    factor: config.patchSize * config.mergeSize,
    minPixels: within(bounds.minPixels),
    maxPixels: within(bounds.maxPixels),
  });
  return new QwenImage(resizeBicubic(source, width, height), source.width, source.height, config);
}
