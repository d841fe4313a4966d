// The build of the runtime for browsers without WebAssembly stack switching: the same model, the same numbers on WebGPU.
import { expect, it, vi } from 'vitest';
import type { Prompt } from '../../src/model/latent-model';
import { loadModel } from '../../models/load/load-model';
import { EMBEDDED, rampImage, waveRows } from './helpers';
import { relativeError } from './numbers';

vi.setConfig({ testTimeout: 900_000 });
const signal = new AbortController().signal;

it('reads a picture and a question as WASM does', async () => {
  const readings = [];
  for (const device of ['wasm', 'webgpu'] as const) {
    const { model, trusted, close } = await loadModel({ source: EMBEDDED, dtype: 'fp32', device }, () => undefined, signal, {
      build: 'asyncify',
    });
    expect(trusted.runtime.kind).toBe(device);
    expect(trusted.runtime.build).toBe(device === 'wasm' ? 'plain' : 'asyncify');
    const prompt: Prompt = { system: '', user: [{ kind: 'image' }, { kind: 'text', text: 'How many?', role: 'question' }] };
    const context = await model.prefill(prompt, rampImage(model), signal);
    const candidate = { rows: waveRows(model, 4), logitRows: [3, 0], attentionRows: [1] };
    readings.push((await model.forward(context, [candidate], { topK: 20, hidden: true }, signal))[0]);
    context.release();
    await close();
  }
  const [expected, actual] = readings;
  for (const part of ['topLogits', 'logSumExp', 'entropy', 'attention', 'hidden'] as const)
    expect(relativeError(expected[part], actual[part]), part).toBeLessThan(1e-4);
});
