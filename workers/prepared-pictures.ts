// The last picture as a model sees it: runs of the same picture decode, resize and encode it once.
import type { Picture } from '../src/engine/run-source';
import type { LatentModel, PixelBounds } from '../src/model/latent-model';
import type { PreparedPicture } from '../src/run/job';
import { decodeImage, previewOf } from './decode-image';

export class PreparedPictures {
  #last: {
    readonly bytes: Uint8Array;
    readonly bounds: PixelBounds;
    readonly model: LatentModel;
    readonly prepared: PreparedPicture;
  } | null = null;

  /** Decodes and resizes a picture, or gives the one made before from the same bytes, bounds and model. Throws BAD_IMAGE. */
  async prepare(model: LatentModel, picture: Picture, { minPixels, maxPixels }: PixelBounds): Promise<PreparedPicture> {
    const bytes = new Uint8Array(picture.bytes);
    const last = this.#last;
    const same = last?.model === model && last.bounds.minPixels === minPixels && last.bounds.maxPixels === maxPixels;
    if (last && same && equal(last.bytes, bytes)) return last.prepared;
    const bounds = { minPixels, maxPixels };
    const image = model.prepareImage(await decodeImage(picture), bounds);
    const prepared = { image, preview: await previewOf(image.picture) };
    this.#last = { bytes, bounds, model, prepared };
    return prepared;
  }

  forget(): void {
    this.#last = null;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
