// Interleaved latent steps on WASM: the embedded models, and random weights of both families of Qwen-VL.
import { afterAll, vi } from 'vitest';
import type { ModelSource } from '../../src/engine/model-source';
import type { Dtype } from '../../src/model/dtype';
import { ExportFixture } from '../browser/exports';
import { embeddedModel, INTERLEAVED } from '../browser/helpers';
import type { LoadedOnnx } from '../onnx';
import { describeInterleaved } from './interleaved-suite';

vi.setConfig({ testTimeout: 180_000 });

const opened: Promise<LoadedOnnx>[] = [];
/** Keeps what is loaded, to be closed at the end. */
const kept = (load: () => Promise<LoadedOnnx>) => () => {
  const loaded = load();
  opened.push(loaded);
  return loaded;
};
const fixture = (name: string, dtype: Dtype) => kept(async () => (await ExportFixture.open(name)).load(dtype));
const embedded = (dtype: Dtype, source?: ModelSource) => kept(embeddedModel('wasm', dtype, {}, source));

afterAll(async () => {
  for (const loaded of opened) await (await loaded).close();
});

for (const [name, dtype, load] of [
  ['noema-tiny', 'fp32', embedded('fp32')],
  ['noema-tiny', 'q4', embedded('q4')],
  ['noema-tiny-ivtlr', 'fp32', embedded('fp32', INTERLEAVED)],
  ['noema-tiny-ivtlr', 'q4', embedded('q4', INTERLEAVED)],
  ['explicit-qwen2-vl', 'fp32', fixture('explicit-qwen2-vl', 'fp32')],
  ['gqa-qwen2-vl', 'q4', fixture('gqa-qwen2-vl', 'q4')],
  ['gqa-qwen2_5-vl-untied', 'fp32', fixture('gqa-qwen2_5-vl-untied', 'fp32')],
] as const) {
  describeInterleaved(`${name}, ${dtype}, on WASM`, { numbers: `${name}-${dtype}`, load, tolerance: 1e-4 });
}
