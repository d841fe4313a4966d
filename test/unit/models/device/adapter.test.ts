// The GPU that is asked for, told apart from others, and named to people.
import { afterEach, describe, expect, it, vi } from 'vitest';
import { describeAdapter, findAdapter, fingerprint, mayUseSubgroups } from '../../../../models/device/adapter';
import { nameAdapter } from '../../../../models/device/adapter-name';

const LIMITS = { maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 30, maxComputeWorkgroupSizeX: 1024 };
const INFO = {
  vendor: 'nvidia',
  architecture: 'ampere',
  device: '',
  description: '',
  subgroupMinSize: 32,
  subgroupMaxSize: 32,
  isFallbackAdapter: false,
};

/** An adapter whose information lies in its prototype's accessors, as a browser's does. */
function adapterOf(info: Readonly<Record<string, unknown>> = {}, features: string[] = ['subgroups'], limits: object = {}): GPUAdapter {
  const values = { ...INFO, ...info };
  const accessors = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { get: () => value, enumerable: true }]));
  return {
    info: Object.create(Object.defineProperties({}, accessors)),
    features: new Set(features),
    limits: { ...LIMITS, ...limits },
  } as unknown as GPUAdapter;
}

afterEach(() => vi.unstubAllGlobals());

describe('the adapter', () => {
  const asking = (answer: (options?: GPURequestAdapterOptions) => GPUAdapter | null) => {
    const requestAdapter = vi.fn((options?: GPURequestAdapterOptions) => Promise.resolve(answer(options)));
    vi.stubGlobal('navigator', { gpu: { requestAdapter } });
    return requestAdapter;
  };

  it('is the fast one where there is one', async () => {
    const fast = adapterOf();
    const requestAdapter = asking((options) => (options?.powerPreference === 'high-performance' ? fast : adapterOf()));
    expect(await findAdapter()).toBe(fast);
    expect(requestAdapter).toHaveBeenCalledTimes(1);
  });

  it('is any where a preference finds none', async () => {
    const only = adapterOf();
    asking((options) => (options === undefined ? only : null));
    expect(await findAdapter()).toBe(only);
  });

  it('is missing where none is found, and that is said with a way on', async () => {
    asking(() => null);
    await expect(findAdapter()).rejects.toMatchObject({
      value: { code: 'NO_ADAPTER', action: expect.stringContaining('hardware acceleration') },
    });
  });
});

describe('a fingerprint', () => {
  it('differs wherever two adapters tell something different, and nowhere else', () => {
    const others = [
      adapterOf({ architecture: 'turing' }),
      adapterOf({ vendor: 'amd' }),
      adapterOf({ device: '0x2504' }),
      adapterOf({ description: 'NVIDIA GeForce RTX 3060' }),
      adapterOf({ subgroupMinSize: 16 }),
      adapterOf({ subgroupMaxSize: 64 }),
      adapterOf({ isFallbackAdapter: true }),
      adapterOf({ driver: '580.159' }),
      adapterOf({}, ['subgroups', 'shader-f16']),
      adapterOf({}, ['subgroups'], { maxBufferSize: 2 ** 30 }),
    ];
    expect(new Set([adapterOf(), ...others].map(fingerprint)).size).toBe(1 + others.length);
    expect(fingerprint(adapterOf({}, ['shader-f16', 'subgroups']))).toBe(fingerprint(adapterOf({}, ['subgroups', 'shader-f16'])));
  });
});

describe('subgroups', () => {
  it.each([
    [4, 4, false],
    [4, 32, false],
    [8, 8, false],
    [8, 32, true],
    [32, 32, true],
    [undefined, undefined, true],
  ])('of %s to %s numbers may be used: %s', (subgroupMinSize, subgroupMaxSize, expected) => {
    expect(mayUseSubgroups(adapterOf({ subgroupMinSize, subgroupMaxSize }))).toBe(expected);
  });
});

describe('the name people see', () => {
  const told = (vendor: string, architecture = '', device = '', description = '') => ({ vendor, architecture, device, description });
  it.each([
    [
      told('nvidia', 'ampere'),
      'ANGLE (NVIDIA, NVIDIA GeForce RTX 3060 (0x00002504) Direct3D11 vs_5_0 ps_5_0, D3D11)',
      'NVIDIA GeForce RTX 3060 (ampere)',
    ],
    [told('nvidia'), 'ANGLE (NVIDIA Corporation, NVIDIA H100 80GB HBM3/PCIe/SSE2, OpenGL 4.5.0)', 'NVIDIA H100 80GB HBM3/PCIe/SSE2'],
    [told('apple', 'metal-3'), 'ANGLE (Apple, ANGLE Metal Renderer: Apple M1 Pro, Unspecified Version)', 'Apple M1 Pro (metal-3)'],
    [
      told('intel', 'gen-12lp'),
      'ANGLE (Intel, Intel(R) Iris(R) Xe Graphics (0x00009A49) Direct3D11 vs_5_0 ps_5_0, D3D11)',
      'Intel(R) Iris(R) Xe Graphics (gen-12lp)',
    ],
    [told('qualcomm', 'adreno-6xx'), 'ANGLE (Qualcomm, Adreno (TM) 650, OpenGL ES 3.2)', 'Adreno (TM) 650 (qualcomm adreno-6xx)'],
    [
      told('nvidia', 'hopper'),
      'ANGLE (NVIDIA, Vulkan 1.4.312 (NVIDIA NVIDIA H100 80GB HBM3 (0x00002330)), NVIDIA)',
      'NVIDIA NVIDIA H100 80GB HBM3 (hopper)',
    ],
    // WebGL may run on the other GPU of a laptop.
    [told('nvidia', 'ampere'), 'ANGLE (Intel, Intel(R) UHD Graphics 630 (0x00003E9B) Direct3D11 vs_5_0 ps_5_0, D3D11)', 'nvidia ampere'],
    [
      told('nvidia', 'ampere', '', 'NVIDIA GeForce RTX 4090'),
      'ANGLE (NVIDIA, NVIDIA T4 (0x1) Direct3D11, D3D11)',
      'NVIDIA GeForce RTX 4090 (ampere)',
    ],
    [told('mesa', 'software', 'llvmpipe-256'), null, 'llvmpipe-256 (mesa software)'],
    [told('apple', 'metal-3'), null, 'apple metal-3'],
    [told(''), null, 'unnamed adapter'],
  ])('%j with %s is %s', (info, renderer, expected) => {
    expect(nameAdapter(info, renderer)).toBe(expected);
  });

  it('decides nothing: whether an adapter computes in software is told by WebGPU alone', () => {
    expect(describeAdapter(adapterOf()).software).toBe(false);
    expect(describeAdapter(adapterOf({ vendor: 'google', architecture: 'swiftshader' })).software).toBe(true);
    expect(describeAdapter(adapterOf({ description: 'llvmpipe: Mesa 25.0.7' })).software).toBe(true);
    expect(describeAdapter(adapterOf({ isFallbackAdapter: true })).software).toBe(true);
  });
});
