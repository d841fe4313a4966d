// The browser the other browser tests rely on: real WebGPU, on the software adapter where there is no GPU.
import { expect, it } from 'vitest';
import { describeAdapter, findAdapter } from '../../models/device/adapter';
import { nameAdapter, webglRenderer } from '../../models/device/adapter-name';

it('hands out a WebGPU device', async () => {
  const adapter = await navigator.gpu.requestAdapter();
  expect(adapter, 'no WebGPU adapter: check the flags in web/cli/chromium.ts').not.toBeNull();
  const device = await adapter!.requestDevice();
  expect(device.limits.maxBufferSize).toBeGreaterThanOrEqual(256 * 1024 * 1024);
  device.destroy();
});

it('names the GPU as WebGPU and WebGL together tell it', async () => {
  const adapter = await findAdapter();
  const { description, software } = describeAdapter(adapter);
  const renderer = webglRenderer();
  // Headless Chromium has WebGL, and it tells its renderer.
  expect(renderer).toMatch(/^ANGLE \(/);
  expect(description).toBe(nameAdapter(adapter.info, renderer));
  expect(description).toMatch(software ? /swiftshader|llvmpipe|basic render/i : /\w+ \w+/);
});

it('runs a module worker', async () => {
  const source = URL.createObjectURL(new Blob(['postMessage(6 * 7)'], { type: 'text/javascript' }));
  const worker = new Worker(source, { type: 'module' });
  const answer = await new Promise((resolve) => worker.addEventListener('message', (message) => resolve(message.data), { once: true }));
  worker.terminate();
  URL.revokeObjectURL(source);
  expect(answer).toBe(42);
});
