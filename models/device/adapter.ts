// Finds the GPU: what adapter there is, whether it computes in software, and a device with everything it allows.
import { EngineFault, fault } from '../../src/errors';

/** What is known of an adapter, for people and for decisions. */
export interface AdapterFacts {
  /** Vendor, architecture and description, as far as the browser tells. */
  readonly description: string;
  /** True when WebGPU is computed by the processor. */
  readonly software: boolean;
  readonly f16: boolean;
  readonly subgroups: boolean;
  readonly maxBufferSize: number;
}

/** What is read of an adapter: a `GPUAdapter` has it, and so has what a browser told another process about one. */
export interface AdapterLike {
  readonly info: Pick<GPUAdapterInfo, 'vendor' | 'architecture' | 'device' | 'description' | 'isFallbackAdapter'>;
  readonly features: { has(name: string): boolean };
  readonly limits: Pick<GPUSupportedLimits, 'maxBufferSize'>;
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

/** Subgroups narrower than this make the attention kernel compute wrong numbers (models/README.md, "Trusting a GPU"). */
const SAFE_SUBGROUP = 8;

/** The adapter, or NO_WEBGPU / NO_ADAPTER with what a person can do. */
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
    const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
    if (adapter) return adapter;
    await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
  }
  throw fault(
    'NO_ADAPTER',
    'WebGPU found no graphics adapter.',
    'Check that hardware acceleration is on in the browser; small models run on the processor (WASM) as well.',
  );
}

export function describeAdapter(adapter: AdapterLike): AdapterFacts {
  const { vendor, architecture, description, device } = adapter.info;
  const named = [vendor, architecture, description || device].filter(Boolean).join(' ');
  return {
    description: named || 'unnamed adapter',
    software: isSoftware(adapter.info, named),
    f16: adapter.features.has('shader-f16'),
    subgroups: adapter.features.has('subgroups'),
    maxBufferSize: adapter.limits.maxBufferSize,
  };
}

function isSoftware(info: AdapterLike['info'], named: string): boolean {
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render|software/i.test(named);
}

/** Whether subgroups may be tried: the adapter has them and they are not known to be too narrow. */
export function mayUseSubgroups(adapter: GPUAdapter): boolean {
  return adapter.features.has('subgroups') && !(adapter.info.subgroupMinSize < SAFE_SUBGROUP);
}

/** A device with the adapter's highest limits and the wanted features. Throws NO_ADAPTER when the request is refused. */
export async function openDevice(adapter: GPUAdapter, want: { readonly subgroups: boolean; readonly f16: boolean }): Promise<GPUDevice> {
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
