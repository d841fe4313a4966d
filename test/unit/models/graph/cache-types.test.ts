// No Cast stands between a cache and a fused attention kernel: ONNX Runtime would reuse its output for the longer cache, and fail.
import { readdirSync, readFileSync } from 'node:fs';
import { fromBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../../models/families/qwen-vl/config';
import { instrumentDecoder } from '../../../../models/graph/instrument';
import { ModelProtoSchema } from '../../../../models/graph/onnx_pb';

const ROOT = new URL('../../../../', import.meta.url);
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(path, ROOT)));
const json = (path: string): unknown => JSON.parse(new TextDecoder().decode(read(path)));
const list = (folder: string): string[] => readdirSync(new URL(folder, ROOT));

/** Pasts of fused attention nodes that are not inputs of the graph, and how many such nodes there are. */
function pastsOf(bytes: Uint8Array): { readonly nodes: number; readonly inner: string[] } {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  const inputs = new Set(graph?.input.map(({ name }) => name));
  const fused = graph?.node.filter(({ opType }) => opType === 'GroupQueryAttention') ?? [];
  return { nodes: fused.length, inner: fused.flatMap(({ input }) => input.slice(3, 5)).filter((name) => !inputs.has(name)) };
}

const EXPORTS = 'test/fixtures/exports';
const folders = [
  'public/models/noema-tiny',
  ...list(EXPORTS)
    .filter((name) => name !== 'refused')
    .map((name) => `${EXPORTS}/${name}`),
];
const decoders = folders.flatMap((folder) =>
  list(`${folder}/onnx`)
    .filter((file) => /^decoder_model_merged.*\.onnx$/.test(file))
    .map((file) => [folder, file] as const),
);

/** The folder whose files complete one. */
function baseOf(folder: string): string {
  if (list(folder).includes('config.json')) return folder;
  return (json(`${folder}/fixture.json`) as { base: string }).base;
}

describe('the cache', () => {
  it.each(decoders)('enters attention as it is fed: %s/onnx/%s', (folder, file) => {
    const config = parseConfig({ 'config.json': json(`${baseOf(folder)}/config.json`) });
    const plain = read(`${folder}/onnx/${file}`);
    const { bytes } = instrumentDecoder(plain, config, file, { attention: 'fused' });
    expect(pastsOf(bytes)).toEqual({ nodes: pastsOf(plain).nodes, inner: [] });
  });

  it('is met by fused attention in 16 bits at all', () => {
    expect(pastsOf(read('public/models/noema-tiny/onnx/decoder_model_merged_q4f16.onnx')).nodes).toBeGreaterThan(0);
  });

  it.each(list('public/selftest').filter((file) => file.startsWith('gqa')))('enters attention as it is fed: the self-test, %s', (file) => {
    expect(pastsOf(read(`public/selftest/${file}`))).toEqual({ nodes: 1, inner: [] });
  });
});
