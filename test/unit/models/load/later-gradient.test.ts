// The gradient graph of a loaded model: fetched from its folder when asked for, with its weights where the decoder beside it keeps them.
import { readFileSync, readdirSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { ModelSource } from '../../../../src/engine/model-source';
import type { Dtype } from '../../../../src/model/dtype';
import { ModelProtoSchema, type TensorProto } from '../../../../models/graph/onnx_pb';
import { openFolder } from '../../../../models/files/open-folder';
import { laterGradient } from '../../../../models/load/later-gradient';
import { filesOf, readPlan } from '../../../../models/load/plan';

const TINY = new URL('../../../../public/models/noema-tiny/', import.meta.url);
const { signal } = new AbortController();

/** The embedded model as a folder that somebody chose, without the files that `left` leaves out. */
function chosen(left: (path: string) => boolean = () => false): ModelSource {
  const paths = readdirSync(TINY, { recursive: true, encoding: 'utf8' }).filter((path) => /\.(json|onnx)$/.test(path) && !left(path));
  const files = paths.map((path) => ({ path: `tiny/${path}`, file: new File([readFileSync(new URL(path, TINY))], path) }));
  return { kind: 'folder', name: 'tiny', files };
}

async function gradientOf(source: ModelSource, dtype: Dtype) {
  const plan = await readPlan(await openFolder(source, { signal }), signal);
  const type = plan.types.find((one) => one.dtype === dtype);
  if (type === undefined) throw new Error(`no ${dtype}`);
  return { fetch: laterGradient({ source }, plan, type), files: filesOf(type) };
}

const initializers = (bytes: Uint8Array): readonly TensorProto[] => fromBinary(ModelProtoSchema, bytes).graph?.initializer ?? [];

describe('the gradient graph of the embedded model', () => {
  it.each([
    ['q4', '_q4'],
    ['q4f16', '_q4f16'],
    ['fp32', ''],
  ] as const)('has the decoder’s own weights, and few bytes of its own (%s)', async (dtype, suffix) => {
    const { fetch, files } = await gradientOf(chosen(), dtype);
    if (fetch === null) throw new Error('no gradient');
    const source = await fetch();
    expect(source.name).toBe(`onnx/decoder_gradient${suffix}.onnx`);
    expect(files).not.toContain(source.name);
    expect(source.data.map(({ path }) => path)).toEqual([`decoder_model_merged${suffix}.onnx`]);
    expect(source.bytes.length).toBeLessThan(400_000);
    const file = new Uint8Array(await (source.data[0].data as Blob).arrayBuffer());
    const stored = new Map(initializers(file).map((tensor) => [tensor.name, tensor]));
    const outside = initializers(source.bytes).filter(({ externalData }) => externalData.length > 0);
    // Seven products a layer and the output matrix.
    expect(outside.length).toBeGreaterThanOrEqual(6 * 7 + 1);
    for (const { name, dims, dataType, externalData } of outside) {
      const place = Object.fromEntries(externalData.map(({ key, value }) => [key, value]));
      const [offset, length] = [Number(place['offset']), Number(place['length'])];
      const own = stored.get(name);
      expect({ dims, dataType }, name).toEqual({ dims: own?.dims, dataType: own?.dataType });
      expect(Buffer.compare(file.subarray(offset, offset + length), own?.rawData ?? new Uint8Array()), name).toBe(0);
    }
  });

  it('is missed only when it is asked for', async () => {
    const { fetch } = await gradientOf(
      chosen((path) => path.includes('decoder_gradient')),
      'q4',
    );
    await expect(fetch?.()).rejects.toMatchObject({
      value: { message: expect.stringContaining('onnx/decoder_gradient_q4.onnx') as string },
    });
  });

  it('is none where no manifest names one', async () => {
    const { fetch } = await gradientOf(
      chosen((path) => path === 'manifest.json'),
      'q4',
    );
    expect(fetch).toBeNull();
  });
});
