// A prepared picture to image features, through the export's vision_encoder graph.
import { fault } from '../../src/engine/errors';
import type { ImageInput } from '../../src/model/latent-model';
import type { Runtime, Session } from '../runtime/runtime';
import type { QwenConfig } from './config';
import { mergedTokens } from './rope';

export class VisionEncoder {
  passes = 0;

  constructor(
    readonly runtime: Runtime,
    readonly session: Session,
    readonly config: QwenConfig,
  ) {}

  /** [merged tokens, hidden size], in the order of the merged grid. Throws BAD_IMAGE when the input's sizes do not fit. */
  async features(image: ImageInput): Promise<Float32Array> {
    const { Tensor } = this.runtime.ort;
    const { t, h, w } = image.grid;
    const merge = this.config.vision.mergeSize;
    const width = image.pixelValues.length / (t * h * w);
    if (!Number.isInteger(width) || h % merge !== 0 || w % merge !== 0) {
      throw fault(
        'BAD_IMAGE',
        `The picture's ${t}x${h}x${w} patches do not fit the model.`,
        "Prepare the picture with the sizes in the model's info.",
      );
    }
    // Qwen2-VL exports call the grid `grid_thw`, later ones `image_grid_thw`.
    const gridName = this.session.inputNames.find((name) => name.endsWith('grid_thw')) ?? 'image_grid_thw';
    const outputs = await this.session.run(
      {
        pixel_values: new Tensor('float32', image.pixelValues, [t * h * w, width]),
        [gridName]: new Tensor('int64', [t, h, w].map(BigInt), [1, 3]),
      },
      ['image_features'],
    );
    this.passes += 1;
    const features = await this.runtime.take(outputs['image_features']);
    const expected = mergedTokens(image.grid, merge) * this.config.hiddenSize;
    if (features.length !== expected) {
      throw fault(
        'BAD_MODEL',
        `The vision encoder gave ${features.length} numbers, expected ${expected}.`,
        'Check that all files are from the same export.',
      );
    }
    if (!features.every(Number.isFinite)) {
      throw fault(
        'WRONG_NUMBERS',
        'The vision encoder computed numbers that are not finite.',
        'Load the model in another type, or on WASM.',
        { retry: true },
      );
    }
    return features;
  }
}
