// The model on WebGPU (the software adapter where there is no GPU): the same checks, the same numbers as WASM, the self-test, a lost device.
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { Prompt } from '../../src/model/latent-model';
import { describeAdapter, findAdapter, openDevice } from '../../models/device/adapter';
import { checksFor, runSelfTest } from '../../models/device/self-test';
import { fetchSelfTest } from '../../models/load/self-test-files';
import { Runtime } from '../../models/runtime/runtime';
import { describeCosts } from './cost-suite';
import { GpuMeter } from './gpu-meter';
import { embeddedModel, rampImage, waveRows } from './helpers';
import { describeLeaks } from './leak-suite';
import { describeInterleaved } from '../parity/interleaved-suite';
import { describeParity } from '../parity/parity-suite';
import { describeModel } from './model-suite';
import { relativeError } from './numbers';

// A software adapter compiles each shader for seconds, on a busy machine for minutes: everything here shares one device.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });
// The fused kernel, as on a real GPU; a software adapter would be given plain attention.
const gpu = embeddedModel('webgpu', 'fp32', { attention: 'fused' });
const wasm = embeddedModel('wasm', 'fp32');
const never = new AbortController().signal;

afterAll(async () => {
  await (await wasm()).close();
});

describeModel('the embedded model on WebGPU, float32', gpu);
const meter = new GpuMeter();
describeCosts('WebGPU', gpu, meter);
describeLeaks(gpu, meter, 3, 6);
describeParity('WebGPU, float32, against PyTorch', { numbers: 'fp32', load: gpu, tolerance: 1e-4, runs: ['default', 'after-all'] });
describeInterleaved('WebGPU, float32, against PyTorch', {
  numbers: 'noema-tiny-fp32',
  load: gpu,
  tolerance: 1e-4,
  runs: ['paper-sequence'],
  tokens: 2,
});

it('computes on WebGPU what WASM computes', async () => {
  const readings = [];
  for (const { model } of [await wasm(), await gpu()]) {
    const prompt: Prompt = { system: '', user: [{ kind: 'image' }, { kind: 'text', text: 'How many?', role: 'question' }] };
    const context = await model.prefill(prompt, rampImage(model), never);
    const candidate = { rows: waveRows(model, 9), logitRows: [8, 2, 5], attentionRows: [0, 4] };
    const [reading] = await model.forward(context, [candidate], { topK: 64, hidden: true }, never);
    readings.push({ ...reading, features: context.image?.features ?? [] });
    context.release();
  }
  const [expected, actual] = readings;
  for (const part of ['features', 'topLogits', 'logSumExp', 'entropy', 'attention', 'hidden'] as const) {
    expect(relativeError(expected[part], actual[part]), part).toBeLessThan(1e-4);
  }
});

describe('the self-test', () => {
  it('tells a device with too narrow subgroups from one that can be trusted', async () => {
    const adapter = await findAdapter();
    const { software, subgroups } = describeAdapter(adapter);
    if (!software || !subgroups || !(adapter.info.subgroupMinSize < 8)) return;
    const { test, graphs } = await fetchSelfTest(never);
    // The fault shows with 32 or more new rows.
    const many = { ...test, checks: checksFor(test, 32).checks.filter((check) => check.name.includes('40 rows')) };
    const device = await openDevice(adapter, { subgroups: true, f16: false });
    const runtime = await Runtime.open(device);
    const found = await runSelfTest(runtime, { test: many, graphs }, 'float32');
    await runtime.close();
    device.destroy();
    expect(found.map(({ name }) => name)).toContain('gqa32, 40 rows after 0');
    expect(found[0].error).toBeGreaterThan(0.01);
  });
});

describe('when the device is lost', () => {
  it('says so, at once and ever after', async () => {
    const { model, trusted } = await gpu();
    const prompt: Prompt = { system: '', user: [{ kind: 'text', text: 'Hello', role: 'question' }] };
    const context = await model.prefill(prompt, null, never);
    const candidate = { rows: waveRows(model, 400), logitRows: [0] };
    const running = model.forward(
      context,
      Array.from({ length: 50 }, () => candidate),
      { topK: 1 },
      never,
    );
    trusted.runtime.device?.destroy();
    await expect(running).rejects.toMatchObject({ value: { code: 'DEVICE_LOST' } });
    await expect(model.embed(Uint32Array.of(1))).rejects.toMatchObject({ value: { code: 'DEVICE_LOST' } });
  });
});
