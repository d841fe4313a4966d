// Interleaved latent steps on WASM: the embedded model, and random weights of both families of Qwen-VL.
import { afterAll, vi } from 'vitest';
import type { Dtype } from '../../src/model/dtype';
import { ExportFixture } from '../browser/exports';
import { embeddedModel } from '../browser/helpers';
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
const embedded = (dtype: Dtype) => kept(embeddedModel('wasm', dtype));

afterAll(async () => {
  for (const loaded of opened) await (await loaded).close();
});

const PYTORCH = 1e-4;
/** 4-bit graphs, on kernels of another processor. */
const SAME_GRAPH = 1e-3;

describeInterleaved('noema-tiny, float32', { numbers: 'noema-tiny-fp32', load: embedded('fp32'), tolerance: PYTORCH });
describeInterleaved('noema-tiny, 4-bit', { numbers: 'noema-tiny-q4', load: embedded('q4'), tolerance: SAME_GRAPH });
for (const [name, dtype, tolerance] of [
  ['explicit-qwen2-vl', 'fp32', PYTORCH],
  ['gqa-qwen2-vl', 'q4', SAME_GRAPH],
  ['gqa-qwen2_5-vl-untied', 'fp32', PYTORCH],
] as const) {
  describeInterleaved(`${name}, ${dtype}`, { numbers: `${name}-${dtype}`, load: fixture(name, dtype), tolerance });
}
