// A prepared picture to image features, through the export's vision_encoder graph.
import { fault } from '../../../src/errors';
import { withFloatPorts } from '../../graph/float-ports';
import { DataType } from '../../graph/nodes';
import type { GraphSource, Runtime, Session } from '../../runtime/runtime';
import type { QwenConfig } from './config';
import type { QwenImage } from './prepare-image';
import { mergedTokens } from './rope';
import { checkPorts, otherSizes } from '../../decoder/session-ports';

/** Qwen2-VL exports call the grid `grid_thw`, later ones `image_grid_thw`. */
const GRID_NAMES = ['image_grid_thw', 'grid_thw'] as const;

export class VisionEncoder {
  passes = 0;

  private constructor(
    readonly runtime: Runtime,
    readonly session: Session,
    readonly config: QwenConfig,
    readonly gridName: string,
    /** The graph's file, for what is said about it. */
    readonly fileName: string,
  ) {}

  /** Loads the graph; pixels and features are float32 whatever its type. Throws BAD_MODEL and what `Runtime.create` throws. */
  static async open(runtime: Runtime, config: QwenConfig, graph: GraphSource): Promise<VisionEncoder> {
    const { bytes, wiring: _, ...ports } = withFloatPorts(graph.bytes, graph.name);
    const gridName = GRID_NAMES.find((name) => ports.inputs.has(name)) ?? GRID_NAMES[0];
    checkPorts(ports, graph.name, { pixel_values: DataType.FLOAT, [gridName]: DataType.INT64 }, ['image_features']);
    const patches = ports.inputs.get('pixel_values')?.dims?.[0];
    if (typeof patches === 'number') {
      throw fault(
        'BAD_MODEL',
        `The vision encoder ${graph.name} reads pictures of exactly ${patches} patches.`,
        'Use an export whose pictures may have any size.',
      );
    }
    const session = await runtime.create(bytes, graph.name, { placement: { image_features: 'gpu' }, externalData: graph.data });
    return new VisionEncoder(runtime, session, config, gridName, graph.name);
  }

  /** [image tokens, hidden size], in the order of the merged grid. Throws BAD_IMAGE when the input's sizes do not fit. */
  async features(image: Pick<QwenImage, 'grid' | 'pixelValues'>): Promise<Float32Array> {
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
    const outputs = await this.session.run(
      {
        pixel_values: new Tensor('float32', image.pixelValues, [t * h * w, width]),
        [this.gridName]: new Tensor('int64', [t, h, w].map(BigInt), [1, 3]),
      },
      ['image_features'],
    );
    this.passes += 1;
    const features = await this.runtime.take(outputs['image_features']);
    const expected = mergedTokens(image.grid, merge) * this.config.hiddenSize;
    if (features.length !== expected) {
      throw otherSizes(this.fileName, `it gave ${features.length} numbers for a picture, expected ${expected}`);
    }
    if (!features.every(Number.isFinite)) {
      throw fault(
        'WRONG_NUMBERS',
        `The vision encoder (${this.fileName}) computed numbers that are not finite.`,
        'Load the model in another type, or on WASM.',
        { retry: true },
      );
    }
    return features;
  }
}
