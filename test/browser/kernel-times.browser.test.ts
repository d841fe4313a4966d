// GPU time per kernel: every dispatch is counted under its shader's label, and the results are those of a pass that is not taken apart.
import { describe, expect, it } from 'vitest';
import { findAdapter } from '../../models/device/adapter';
import { KernelTimer } from '../bench/kernel-times';

const timer = new KernelTimer();
const COUNT = 64;

const shader = (expression: string): string => /* wgsl */ `
@group(0) @binding(0) var<storage, read_write> numbers: array<f32>;
@compute @workgroup_size(${COUNT}) fn main(@builtin(local_invocation_index) i: u32) { numbers[i] = ${expression}; }`;

describe('kernels', () => {
  const open = async (): Promise<GPUDevice> => (await findAdapter()).requestDevice();

  /** x -> ((x + 1) * 2) + 1 in one compute pass of three dispatches, the last one indirect. */
  const computing = async (device: GPUDevice): Promise<() => Promise<number[]>> => {
    const pipeline = (label: string, code: string, moduleLabel = ''): Promise<GPUComputePipeline> =>
      device.createComputePipelineAsync({
        label,
        layout: 'auto',
        compute: { module: device.createShaderModule({ code, label: moduleLabel }), entryPoint: 'main' },
      });
    const add = await pipeline('Add', shader('numbers[i] + 1.0'));
    const double = await pipeline('', shader('numbers[i] * 2.0'), 'Double');
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    const numbers = device.createBuffer({ size: 4 * COUNT, usage });
    const back = device.createBuffer({ size: 4 * COUNT, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
    const groups = device.createBuffer({ size: 12, usage: GPUBufferUsage.INDIRECT | GPUBufferUsage.COPY_DST });
    device.queue.writeBuffer(groups, 0, new Uint32Array([1, 1, 1]));
    const bound = (pipeline: GPUComputePipeline): GPUBindGroup =>
      device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries: [{ binding: 0, resource: { buffer: numbers } }] });
    return async () => {
      device.queue.writeBuffer(
        numbers,
        0,
        Float32Array.from({ length: COUNT }, (_, i) => i),
      );
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginComputePass();
      pass.pushDebugGroup('a step');
      for (const [kernel, indirect] of [
        [add, false],
        [double, false],
        [add, true],
      ] as const) {
        pass.setPipeline(kernel);
        pass.setBindGroup(0, bound(kernel));
        if (indirect) pass.dispatchWorkgroupsIndirect(groups, 0);
        else pass.dispatchWorkgroups(1);
      }
      pass.popDebugGroup();
      pass.end();
      encoder.copyBufferToBuffer(numbers, 0, back, 0, 4 * COUNT);
      device.queue.submit([encoder.finish()]);
      await back.mapAsync(GPUMapMode.READ);
      const found = [...new Float32Array(back.getMappedRange())];
      back.unmap();
      return found;
    };
  };

  it('are timed by label and compute what they always do', async () => {
    const device = await open();
    const job = await computing(device);
    const plain = await job();
    let timed: number[] = [];
    const times = await timer.measure(device, async () => (timed = await job()));
    expect(plain).toEqual(Array.from({ length: COUNT }, (_, i) => (i + 1) * 2 + 1));
    expect(timed).toEqual(plain);
    expect(times?.dispatches).toBe(3);
    const counts = Object.fromEntries((times?.kernels ?? []).map(({ label, dispatches }) => [label, dispatches]));
    expect(counts).toEqual({ Add: 2, Double: 1 });
    expect(times?.busyUs).toBeGreaterThan(0);
    expect(times?.spanUs).toBeGreaterThanOrEqual(Math.max(...(times?.kernels ?? []).map(({ us }) => us)) / 2);
    device.destroy();
  });

  it('are more than one query set holds', async () => {
    const device = await open();
    const job = await computing(device);
    const times = await timer.measure(device, async () => {
      for (let i = 0; i < 700; i += 1) await job();
    });
    expect(times?.dispatches).toBe(2100);
    expect(times?.kernels.map(({ dispatches }) => dispatches).sort((a, b) => a - b)).toEqual([700, 1400]);
    device.destroy();
  });

  it('are not timed on a device without timestamps', async () => {
    const device = { features: new Set<string>() } as unknown as GPUDevice;
    expect(await timer.measure(device, () => Promise.reject(new Error('worked')))).toBeNull();
  });
});
