// Nothing piles up from run to run: tensors, GPU buffers, WebAssembly memory, JavaScript memory.
import { expect, it } from 'vitest';
import type { Prompt, Suffix } from '../../src/model/latent-model';
import type { LoadedModel } from '../../models/load/load-model';
import type { QwenModel } from '../../models/families/qwen-vl/model';
import type { GpuMeter } from './gpu-meter';
import { heapBytes } from './helpers';

const go = { aborted: false };
/** WebAssembly memory never shrinks, so every leak there grows it sooner or later. */
let wasmGrowth = 0;
const { grow } = WebAssembly.Memory.prototype;
WebAssembly.Memory.prototype.grow = function (pages: number): number {
  wasmGrowth += 1;
  return grow.call(this, pages);
};

const PROMPT: Prompt = [
  { kind: 'control', text: '<|im_start|>user\n<|vision_start|>', role: 'frame' },
  { kind: 'image', role: 'image' },
  { kind: 'control', text: '<|vision_end|>', role: 'frame' },
  { kind: 'text', text: 'What is this?', role: 'question' },
];

/** What a run does, in small: read, three candidates, an answer, its score. Every other run is stopped in the middle. */
async function run(model: QwenModel, index: number): Promise<void> {
  const { hiddenSize, vision } = model.info;
  const grid = { t: 1, h: 8, w: 8 };
  const pixelValues = new Float32Array(64 * 3 * vision.temporalPatchSize * vision.patchSize ** 2).fill(0.1 * (index % 5));
  const prefix = await model.read(PROMPT, { pixelValues, grid, width: 8 * vision.patchSize, height: 8 * vision.patchSize }, go);
  try {
    const suffix = (length: number): Suffix => ({
      length,
      embeddings: Float32Array.from({ length: length * hiddenSize }, (_, i) => 0.02 * Math.sin(i + index)),
      positions: Int32Array.from({ length: 3 * length }, (_, i) => prefix.nextPosition + (i % length)),
    });
    const want = { logitRows: [3], attentionRows: [0, 3], topK: 10 };
    await model.extend(prefix, [suffix(4), suffix(8), suffix(4)], want, go);
    const ids: number[] = [];
    for await (const { id } of model.decode(prefix, suffix(4), { maxNewTokens: 4 }, go)) {
      ids.push(id);
      if (index % 2 === 1 && ids.length === 2) break;
    }
    await model.score(prefix, suffix(4), Uint32Array.from(ids), go);
  } finally {
    prefix.release();
  }
}

/** Live tensors, JavaScript and GPU memory, growth of WebAssembly memory. */
async function holdings({ trusted }: LoadedModel, meter: GpuMeter | null): Promise<Record<'tensors' | 'heap' | 'gpu' | 'wasm', number>> {
  const heap = await heapBytes();
  // What was collected is told to the meter in later tasks.
  await new Promise((resolve) => setTimeout(resolve, 100));
  return { tensors: trusted.runtime.liveTensors, heap, gpu: meter?.held.bytes ?? 0, wasm: wasmGrowth };
}

/** After `first` runs, `more` runs leave nothing behind. */
export function describeLeaks(load: () => Promise<LoadedModel>, meter: GpuMeter | null, first: number, more: number): void {
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
