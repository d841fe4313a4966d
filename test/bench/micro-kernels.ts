// What this GPU can do at best, found on the spot: bytes moved by a copy, arithmetic done by a matrix product.

export interface Peaks {
  /** Bytes read and written per second by a copy from one buffer to another. */
  readonly bytesPerSecond: number;
  /** Floating-point operations per second of a matrix product, in the type the model computes in. */
  readonly flopPerSecond: number;
  readonly type: 'f32' | 'f16';
}

/** A timing must last so long, in milliseconds, to be believed. */
const LONG_ENOUGH = 300;
const TRIES = 3;
/** Rows and columns one workgroup of the product computes; its 16 x 16 threads compute 4 x 4 each. */
const TILE = 64;
const THREADS = 16;
/** Bytes one workgroup of the copy moves. */
const COPY_SPAN = 256 * 4 * 16;

const COPY_WGSL = /* wgsl */ `
@group(0) @binding(0) var<storage, read> origin: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> copied: array<vec4<u32>>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let start = group.x * 1024u + lane;
  for (var i = 0u; i < 4u; i++) { copied[start + i * 256u] = origin[start + i * 256u]; }
}`;

/** C = A B for square matrices of `size` rows: 64 x 64 tiles through workgroup memory, 4 x 4 results per thread. */
const productWgsl = (type: Peaks['type'], size: number): string => /* wgsl */ `
${type === 'f16' ? 'enable f16;' : ''}
alias Four = vec4<${type}>;
const QUADS = ${size / 4}u;
@group(0) @binding(0) var<storage, read> a: array<Four>;
@group(0) @binding(1) var<storage, read> b: array<Four>;
@group(0) @binding(2) var<storage, read_write> c: array<Four>;
// [row][quad of the shared dimension], [row of the shared dimension][quad of columns]
var<workgroup> tile_a: array<array<Four, 4>, ${TILE}>;
var<workgroup> tile_b: array<array<Four, 16>, 16>;

@compute @workgroup_size(${THREADS}, ${THREADS})
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>,
        @builtin(local_invocation_index) lane: u32) {
  var sums: array<Four, 4>;
  for (var step = 0u; step < QUADS / 4u; step++) {
    let row = lane / 4u;
    tile_a[row][lane % 4u] = a[(group.y * ${TILE}u + row) * QUADS + step * 4u + lane % 4u];
    tile_b[lane / 16u][lane % 16u] = b[(step * 16u + lane / 16u) * QUADS + group.x * 16u + lane % 16u];
    workgroupBarrier();
    for (var quad = 0u; quad < 4u; quad++) {
      let b0 = tile_b[quad * 4u][local.x];
      let b1 = tile_b[quad * 4u + 1u][local.x];
      let b2 = tile_b[quad * 4u + 2u][local.x];
      let b3 = tile_b[quad * 4u + 3u][local.x];
      for (var i = 0u; i < 4u; i++) {
        let left = tile_a[local.y * 4u + i][quad];
        sums[i] = fma(Four(left.x), b0, fma(Four(left.y), b1, fma(Four(left.z), b2, fma(Four(left.w), b3, sums[i]))));
      }
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) { c[(group.y * ${TILE}u + local.y * 4u + i) * QUADS + group.x * 16u + local.x] = sums[i]; }
}`;

/** Runs both kernels on the device. A software adapter gets smaller ones: its memory and time are the processor's. */
export async function measurePeaks(device: GPUDevice, type: Peaks['type'], software: boolean): Promise<Peaks> {
  const { maxStorageBufferBindingSize, maxBufferSize, maxComputeWorkgroupsPerDimension } = device.limits;
  const most = Math.min(
    (software ? 64 : 1024) * 2 ** 20,
    maxStorageBufferBindingSize,
    maxBufferSize,
    maxComputeWorkgroupsPerDimension * COPY_SPAN,
  );
  const groups = Math.floor(most / COPY_SPAN);
  const bytes = groups * COPY_SPAN;
  const copy = await rate(device, COPY_WGSL, [bytes, bytes], [groups, 1]);
  const size = software ? 512 : 4096;
  const matrix = size * size * (type === 'f16' ? 2 : 4);
  const product = await rate(device, productWgsl(type, size), [matrix, matrix, matrix], [size / TILE, size / TILE]);
  return { bytesPerSecond: 2 * bytes * copy, flopPerSecond: 2 * size ** 3 * product, type };
}

/** Dispatches per second: the best of a few series, each long enough for the clock. */
async function rate(device: GPUDevice, code: string, sizes: readonly number[], groups: readonly [number, number]): Promise<number> {
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  });
  const buffers = sizes.map((size) => device.createBuffer({ label: 'bench', size, usage: GPUBufferUsage.STORAGE }));
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: buffers.map((buffer, binding) => ({ binding, resource: { buffer } })),
  });
  const series = async (count: number): Promise<number> => {
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < count; i += 1) pass.dispatchWorkgroups(...groups);
    pass.end();
    const begun = performance.now();
    device.queue.submit([encoder.finish()]);
    await device.queue.onSubmittedWorkDone();
    return performance.now() - begun;
  };
  try {
    await series(1);
    let count = 1;
    let took = await series(count);
    while (took < LONG_ENOUGH) {
      count = Math.min(count * 10, Math.ceil((count * 1.2 * LONG_ENOUGH) / Math.max(took, 1)));
      took = await series(count);
    }
    const times = [took];
    while (times.length < TRIES) times.push(await series(count));
    return (1000 * count) / Math.min(...times);
  } finally {
    for (const buffer of buffers) buffer.destroy();
  }
}
