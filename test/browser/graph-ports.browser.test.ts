// Embeddings and vision encoders of other types and names: float32 outside, and refusals that name what is fed or fetched.
import { create, toBinary } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EngineFault, type EngineError } from '../../src/errors';
import { DataType, node, valueInfo } from '../../models/graph/nodes';
import { GraphProtoSchema, ModelProtoSchema, OperatorSetIdProtoSchema, type ValueInfoProto } from '../../models/graph/onnx_pb';
import { Embedder } from '../../models/decoder/embedder';
import { VisionEncoder } from '../../models/families/qwen-vl/vision';
import { Runtime } from '../../models/runtime/runtime';
import { floats } from '../parity/fixtures';
import { ExportFixture } from './exports';
import { relativeError } from './numbers';

describe('the graphs beside the decoder', () => {
  let runtime: Runtime;
  let fixture: ExportFixture;
  beforeAll(async () => {
    runtime = await Runtime.open(null);
    fixture = await ExportFixture.open('explicit-qwen2-vl-narrow');
  });
  afterAll(() => runtime.close());

  it('give float32 rows of a float16 table', async () => {
    const ids = Uint32Array.of(0, 5, 767);
    const rows = [];
    for (const dtype of ['q4', 'fp16']) {
      const { graph, externalData } = await fixture.graph('embed_tokens', dtype);
      const embedder = await Embedder.open(runtime, fixture.config, { name: 'embed_tokens', bytes: graph, data: externalData });
      expect((await embedder.tensor(ids)).type).toBe('float32');
      rows.push(await embedder.rows(ids));
      expect(await embedder.standardDeviation()).toBeGreaterThan(0);
      await embedder.session.release();
    }
    expect(rows[1]).toBeInstanceOf(Float32Array);
    const error = relativeError(rows[0], rows[1]);
    expect(error).toBeLessThan(1e-3);
    expect(error).toBeGreaterThan(0);
  });

  it('give float32 features of a float16 encoder, which calls the grid grid_thw', async () => {
    const golden = await fixture.golden('fp16');
    const [t, h, w] = golden.grid;
    const { graph, externalData } = await fixture.graph('vision_encoder', 'fp16');
    const vision = await VisionEncoder.open(runtime, fixture.config, { name: 'vision_encoder', bytes: graph, data: externalData });
    expect(vision.gridName).toBe('grid_thw');
    const features = await vision.features({ pixelValues: floats(golden.pixelValues), grid: { t, h, w } });
    expect(features).toBeInstanceOf(Float32Array);
    expect(relativeError(floats(golden.features), features)).toBeLessThan(1e-2);
    await vision.session.release();
  });

  /** A graph of these inputs and outputs that computes nothing of use. */
  function graphOf(input: ValueInfoProto[], output: ValueInfoProto[]): Uint8Array {
    const nodes = output.map(({ name }) => node('Cast', [input[0].name], name, { to: DataType.FLOAT }));
    return toBinary(
      ModelProtoSchema,
      create(ModelProtoSchema, {
        irVersion: 10n,
        opsetImport: [create(OperatorSetIdProtoSchema, { version: 18n })],
        graph: create(GraphProtoSchema, { name: 'g', node: nodes, input, output }),
      }),
    );
  }
  const pixels = valueInfo('pixel_values', DataType.FLOAT, ['patches', 1176]);
  const grid = valueInfo('image_grid_thw', DataType.INT64, [1, 3]);
  const features = valueInfo('image_features', DataType.FLOAT, ['tokens', 64]);
  const ids = valueInfo('input_ids', DataType.INT64, [1, 'rows']);
  const rows = valueInfo('inputs_embeds', DataType.FLOAT, [1, 'rows', 64]);

  it.each<[string, 'vision' | 'embed', ValueInfoProto[], ValueInfoProto[], string]>([
    [
      'inputs that are not known',
      'vision',
      [pixels, valueInfo('window_index', DataType.INT64, ['n'])],
      [features],
      'it takes pixel_values, window_index, expected pixel_values, image_grid_thw',
    ],
    ['one input too many', 'vision', [pixels, grid, valueInfo('cu_seqlens', DataType.INT32, ['n'])], [features], 'cu_seqlens, expected'],
    [
      'a grid of another type',
      'vision',
      [pixels, valueInfo('grid_thw', DataType.INT32, [1, 3])],
      [features],
      'grid_thw is int32, expected int64',
    ],
    ['pixels in bytes', 'vision', [valueInfo('pixel_values', DataType.UINT8, ['p', 1176]), grid], [features], 'pixel_values is uint8'],
    [
      'another output',
      'vision',
      [pixels, grid],
      [valueInfo('hidden', DataType.FLOAT, ['t', 64])],
      'it gives hidden, expected image_features',
    ],
    ['one size of picture', 'vision', [valueInfo('pixel_values', DataType.FLOAT, [256, 1176]), grid], [features], 'exactly 256 patches'],
    [
      'embeddings that take features',
      'embed',
      [ids, valueInfo('image_features', DataType.FLOAT, ['t', 64])],
      [rows],
      'input_ids, image_features',
    ],
    ['embeddings in bfloat16', 'embed', [ids], [valueInfo('inputs_embeds', DataType.BFLOAT16, [1, 'r', 64])], 'inputs_embeds is bfloat16'],
  ])('are refused for %s', async (_, which, input, output, says) => {
    const open = which === 'vision' ? VisionEncoder.open : Embedder.open;
    const told = await open(runtime, fixture.config, { name: 'file.onnx', bytes: graphOf(input, output), data: [] }).then(
      () => null,
      (error: unknown): EngineError | null => (error instanceof EngineFault ? error.value : null),
    );
    expect(told?.code).toBe('BAD_MODEL');
    expect(told?.message).toContain('file.onnx');
    expect(told?.message).toContain(says);
  });
});
