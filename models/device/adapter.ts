// Finds the GPU: what adapter there is, whether it computes in software, and a device with everything it allows.
import { EngineFault, fault } from '../../src/errors';
import { nameAdapter, webglRenderer } from './adapter-name';

/** What is known of an adapter, for people and for decisions. */
export interface AdapterFacts {
  /** The GPU's name as far as the browser tells, for people only: two GPUs may have the same, and one may have two. */
  readonly description: string;
  /** True when WebGPU is computed by the processor. */
  readonly software: boolean;
  readonly f16: boolean;
  readonly subgroups: boolean;
  readonly maxBufferSize: number;
}

/** How a device is asked for. */
export interface Configuration {
  readonly subgroups: boolean;
  readonly f16: boolean;
}

/** Limits asked for at the adapter's maximum: weights and caches are large, and shaders use what there is. */
const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
  'maxStorageBuffersPerShaderStage',
] as const;

/** Subgroups narrower than `least`, or never wider than 8, make the attention kernel compute wrong numbers (models/README.md, "Trusting a GPU"). */
const SAFE_SUBGROUPS = { least: 8, widest: 16 };

/** The adapter: the fast one of two GPUs where the browser lets one choose, else any. Throws NO_WEBGPU or NO_ADAPTER. */
export async function findAdapter(): Promise<GPUAdapter> {
  const gpu = (navigator as Partial<Pick<Navigator, 'gpu'>>).gpu;
  if (!gpu) {
    throw fault(
      'NO_WEBGPU',
      'This browser has no WebGPU.',
      'Use a recent Chrome or Edge; small models run on the processor (WASM) as well.',
    );
  }
  // After a crash of the GPU process the first request may find nothing.
  for (let attempt = 0; attempt < 3; attempt += 1) {
    // Some set-ups have an adapter, and none for those who prefer one (seen: Chromium on Linux with NVIDIA).
    const adapter = (await gpu.requestAdapter({ powerPreference: 'high-performance' })) ?? (await gpu.requestAdapter());
    if (adapter) return adapter;
    await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
  }
  throw fault(
    'NO_ADAPTER',
    'WebGPU found no graphics adapter.',
    'Check that hardware acceleration is on in the browser; small models run on the processor (WASM) as well.',
  );
}

/** What people and decisions need of an adapter. Of the two, only people see the name that WebGL tells. */
export function describeAdapter(adapter: GPUAdapter): AdapterFacts {
  const { info } = adapter;
  return {
    description: nameAdapter(info, webglRenderer()),
    software: isSoftware(info),
    f16: adapter.features.has('shader-f16'),
    subgroups: adapter.features.has('subgroups'),
    maxBufferSize: adapter.limits.maxBufferSize,
  };
}

/**
 * All that an adapter tells of itself, as text: two that differ in it may compute differently. Whatever a browser adds to the adapter's
 * information (a driver's version, a backend) is part of it by itself.
 */
export function fingerprint(adapter: GPUAdapter): string {
  const info: Record<string, unknown> = {};
  // They are accessors of the prototype, which Object.entries would pass over.
  for (const name in adapter.info) {
    const value: unknown = adapter.info[name as keyof GPUAdapterInfo];
    if (['string', 'number', 'boolean'].includes(typeof value)) info[name] = value;
  }
  const limits = LIMITS.map((name) => adapter.limits[name]);
  const told = Object.keys(info)
    .sort()
    .map((name) => [name, info[name]]);
  return JSON.stringify([told, [...adapter.features].sort(), limits]);
}

function isSoftware({ vendor, architecture, device, description, isFallbackAdapter }: GPUAdapterInfo): boolean {
  const named = [vendor, architecture, description, device].join(' ');
  return isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(named);
}

/** Whether subgroups may be tried: the adapter has them and they are not known to be too narrow. */
export function mayUseSubgroups({ features, info }: Pick<GPUAdapter, 'features' | 'info'>): boolean {
  const { subgroupMinSize = SAFE_SUBGROUPS.least, subgroupMaxSize = SAFE_SUBGROUPS.widest } = info;
  return features.has('subgroups') && subgroupMinSize >= SAFE_SUBGROUPS.least && subgroupMaxSize >= SAFE_SUBGROUPS.widest;
}

/** A device with the adapter's highest limits and the wanted features. Throws NO_ADAPTER when the request is refused. */
export async function openDevice(adapter: GPUAdapter, want: Configuration): Promise<GPUDevice> {
  const features: GPUFeatureName[] = [];
  if (want.f16 && adapter.features.has('shader-f16')) features.push('shader-f16');
  if (want.subgroups && adapter.features.has('subgroups')) features.push('subgroups');
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  try {
    return await adapter.requestDevice({ requiredFeatures: features, requiredLimits });
  } catch (error) {
    if (error instanceof EngineFault) throw error;
    throw fault('NO_ADAPTER', 'The graphics adapter gave no device.', 'Close other tabs that use the GPU and try again, or choose WASM.', {
      retry: true,
      detail: String(error),
    });
  }
}
