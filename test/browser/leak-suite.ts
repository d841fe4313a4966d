// Nothing piles up from run to run: tensors, GPU buffers, WebAssembly memory, JavaScript memory.
import { expect, it } from 'vitest';
import type { Prompt } from '../../src/model/latent-model';
import type { OnnxModel } from '../../models/model/onnx-model';
import type { GpuMeter } from './gpu-meter';
import type { LoadedOnnx } from '../onnx';
import { waveRows } from './helpers';
import { heapBytes } from './page-costs';

const go = { aborted: false };
/** WebAssembly memory never shrinks, so every leak there grows it sooner or later. */
let wasmGrowth = 0;
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages: number): number {
  wasmGrowth += 1;
  return grow.call(this, pages);
};

const PROMPT: Prompt = { system: '', user: [{ kind: 'image' }, { kind: 'text', text: 'What is this?', role: 'question' }] };

/** What a run does, in small: read, three candidates, an answer, its score. Every other run is stopped in the middle. */
async function run(model: OnnxModel, index: number): Promise<void> {
  const side = 8 * 14;
  const data = new Uint8ClampedArray(3 * side * side).fill(20 * (index % 5));
  const image = model.prepareImage({ width: side, height: side, data }, { minPixels: 1, maxPixels: side * side });
  const context = await model.prefill(PROMPT, image, go);
  try {
    const rows = (length: number) => waveRows(model, length, index);
    const candidates = [4, 8, 4].map((length) => ({ rows: rows(length), logitRows: [3], attentionRows: [0, 3] }));
    await model.forward(context, candidates, { topK: 10 }, go);
    const { context: longer } = await model.advance(context, { rows: rows(2), logitRows: [1] }, { topK: 1 }, go);
    const ids: number[] = [];
    for await (const { id } of model.generate(longer, rows(4), { maxNewTokens: 4 }, go)) {
      ids.push(id);
      if (index % 2 === 1 && ids.length === 2) break;
    }
    longer.release();
    await model.score(context, rows(4), Uint32Array.from(ids), go);
  } finally {
    context.release();
  }
}

/** Live tensors, JavaScript and GPU memory, growth of WebAssembly memory. */
async function holdings({ trusted }: LoadedOnnx, meter: GpuMeter | null): Promise<Record<'tensors' | 'heap' | 'gpu' | 'wasm', number>> {
  const heap = await heapBytes();
  // What was collected is told to the meter in later tasks.
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { tensors: trusted.runtime.liveTensors, heap, gpu: meter?.held.bytes ?? 0, wasm: wasmGrowth };
}

/** After `first` runs, `more` runs leave nothing behind. */
export function describeLeaks(load: () => Promise<LoadedOnnx>, meter: GpuMeter | null, first: number, more: number): void {
  it(`${first + more} runs leave no tensor behind and grow no memory`, { timeout: 900_000 }, async () => {
    const loaded = await load();
    const live = loaded.trusted.runtime.liveTensors;
    for (let index = 0; index < first; index += 1) await run(loaded.model, index);
    const before = await holdings(loaded, meter);
    for (let index = first; index < first + more; index += 1) await run(loaded.model, index);
    const after = await holdings(loaded, meter);
    expect(after.tensors).toBe(live);
    expect(after.gpu).toBeLessThanOrEqual(before.gpu);
    expect(after.wasm).toBe(before.wasm);
    expect(after.heap - before.heap).toBeLessThan(2 ** 20);
  });
}
