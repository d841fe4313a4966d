// What instrumenting does with weights that a graph carries itself: they are copied once, byte for byte.
import { readFileSync } from 'node:fs';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { withFloatPorts } from '../../../../models/graph/float-ports';
import { instrumentDecoder } from '../../../../models/graph/instrument';
import { DataType } from '../../../../models/graph/nodes';
import { ModelProtoSchema, TensorProtoSchema, type GraphProto } from '../../../../models/graph/onnx_pb';
import { GRAPH_FIELD, readRecords } from '../../../../models/graph/records';

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../../../../${path}`, import.meta.url)));
const FUSED = read('public/models/noema-tiny/onnx/decoder_model_merged.onnx');
const SHAPE = { layers: 6, heads: 6, keyValueHeads: 2, headSize: 32 };
const HALF = read('test/fixtures/exports/explicit-qwen2-vl-narrow/onnx/vision_encoder_fp16.onnx');

/** The graph with 64 MiB more of weights. */
function heavy(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const rawData = new Uint8Array(64 * 2 ** 20).fill(7);
  (model.graph as GraphProto).initializer.push(
    create(TensorProtoSchema, { name: 'heavy', dataType: DataType.UINT8, dims: [BigInt(rawData.length)], rawData }),
  );
  return toBinary(ModelProtoSchema, model);
}

/** Bytes of all arrays made by number while `work` runs. */
function allocated(work: () => unknown): number {
  let total = 0;
  const Real = Uint8Array;
  vi.stubGlobal(
    'Uint8Array',
    new Proxy(Real, {
      construct(target, given: unknown[], self) {
        const made = Reflect.construct(target, given, self as typeof target) as Uint8Array;
        if (!(given[0] instanceof ArrayBuffer)) total += made.byteLength;
        return made;
      },
    }),
  );
  work();
  vi.unstubAllGlobals();
  return total;
}

const initializers = (bytes: Uint8Array): Map<string, Buffer> =>
  new Map(
    readRecords(bytes, 'decoder')
      .graph.filter((record) => record.field === GRAPH_FIELD.initializer)
      .map((record) => {
        const body = bytes.subarray(record.body, record.end);
        return [fromBinary(TensorProtoSchema, body).name, Buffer.from(body)];
      }),
  );

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('weights inside a graph', () => {
  it.each(['fused', 'plain'] as const)('are copied byte for byte, %s', (attention) => {
    const after = initializers(instrumentDecoder(FUSED, SHAPE, 'decoder', { attention }).bytes);
    const before = initializers(FUSED);
    expect(before.size).toBeGreaterThan(50);
    for (const [name, body] of before) expect(after.get(name)?.equals(body), name).toBe(true);
  });

  it('are copied once: nothing as large as the file is made but the file that is given back', () => {
    const bytes = heavy(FUSED);
    const length = { written: 0 };
    const made = allocated(() => {
      length.written = instrumentDecoder(bytes, SHAPE, 'decoder').bytes.length;
    });
    expect(length.written).toBeGreaterThan(64 * 2 ** 20);
    expect(made).toBeGreaterThanOrEqual(length.written);
    expect(made - length.written).toBeLessThan(2 ** 20);
  });

  it('are not copied at all where nothing has to be changed', () => {
    const bytes = read('test/fixtures/exports/explicit-qwen2-vl/onnx/vision_encoder.onnx');
    expect(withFloatPorts(bytes, 'vision').bytes).toBe(bytes);
    expect(withFloatPorts(HALF, 'vision').bytes).not.toBe(HALF);
  });
});
