// The build of the runtime for browsers without WebAssembly stack switching: the same model, the same numbers on WebGPU.
import { expect, it, vi } from 'vitest';
import { loadModel } from '../../models/load/load-model';
import { EMBEDDED, rampImage } from './helpers';
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
    const prompt = [
      { kind: 'image', role: 'image' },
      { kind: 'text', text: 'How many?', role: 'question' },
    ] as const;
    const prefix = await model.read(prompt, rampImage(model.info.vision), signal);
    const length = 4;
    const embeddings = Float32Array.from({ length: length * model.info.hiddenSize }, (_, i) => 0.05 * Math.sin(i * i));
    const positions = Int32Array.from({ length: 3 * length }, (_, i) => prefix.nextPosition + (i % length));
    const want = { logitRows: [3, 0], attentionRows: [1], topK: 20, hidden: true };
    readings.push((await model.extend(prefix, [{ length, embeddings, positions }], want, signal))[0]);
    prefix.release();
    await close();
  }
  const [expected, actual] = readings;
  for (const part of ['topLogits', 'logSumExp', 'entropy', 'attention', 'hidden'] as const)
    expect(relativeError(expected[part], actual[part]), part).toBeLessThan(1e-4);
});
