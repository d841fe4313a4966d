// Reads the results of a pass off the GPU in one go: the row facts and any small tensors, through one mapped buffer.
import { KeptBuffers } from './kept-buffers';
import { CHUNK, partialSize, ROW_FACTS_WGSL } from './row-facts.wgsl';

const NOBODY = 0xffffffff;

/** Logits [rows, vocabulary] on the GPU and what to make of them. */
export interface RowFactsJob {
  readonly logits: GPUBuffer;
  readonly rows: number;
  readonly vocabulary: number;
  /** 1..64 */
  readonly k: number;
  /** Per row the id whose logit is wanted. */
  readonly picks: Uint32Array | null;
}

/** A tensor to read beside the facts: its buffer and its length in bytes. */
export interface Extra {
  readonly buffer: GPUBuffer;
  readonly bytes: number;
}

/** What came back: the facts as [rows, 3 + 2k] words (log-sum-exp, entropy, picked, values, ids) and the extras in order. */
export interface ReadBack {
  readonly facts: ArrayBuffer;
  readonly extras: readonly ArrayBuffer[];
}

export class GpuReadout {
  readonly #device: GPUDevice;
  readonly #survey: GPUComputePipeline;
  readonly #merge: GPUComputePipeline;
  readonly #kept: KeptBuffers;

  private constructor(device: GPUDevice, survey: GPUComputePipeline, merge: GPUComputePipeline) {
    this.#device = device;
    this.#kept = new KeptBuffers(device);
    this.#survey = survey;
    this.#merge = merge;
  }

  /** Compiles both stages once. */
  static async open(device: GPUDevice): Promise<GpuReadout> {
    const module = device.createShaderModule({ code: ROW_FACTS_WGSL });
    const layout = device.createPipelineLayout({
      bindGroupLayouts: [
        device.createBindGroupLayout({
          entries: (['read-only-storage', 'storage', 'storage', 'read-only-storage', 'uniform'] as const).map((type, binding) => ({
            binding,
            visibility: GPUShaderStage.COMPUTE,
            buffer: { type },
          })),
        }),
      ],
    });
    const pipeline = (entryPoint: string): Promise<GPUComputePipeline> =>
      device.createComputePipelineAsync({ label: `noema.${entryPoint}`, layout, compute: { module, entryPoint } });
    return new GpuReadout(device, await pipeline('survey'), await pipeline('merge'));
  }

  /** Runs both stages and brings facts and extras back with one mapping. Calls must not overlap. */
  async read(job: RowFactsJob, extras: readonly Extra[]): Promise<ReadBack> {
    const { logits, rows, vocabulary, k, picks } = job;
    const chunks = Math.ceil(vocabulary / CHUNK);
    const factsBytes = rows * partialSize(k) * 4;
    const partial = this.#kept.get('partial', chunks * factsBytes, GPUBufferUsage.STORAGE);
    const facts = this.#kept.get('facts', factsBytes, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC);
    const wanted = this.#kept.get('picks', rows * 4, GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST);
    const sizes = this.#kept.get('sizes', 16, GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST);
    const total = factsBytes + extras.reduce((sum, extra) => sum + extra.bytes, 0);
    const staging = this.#kept.get('staging', total, GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST);

    const queue = this.#device.queue;
    queue.writeBuffer(sizes, 0, new Uint32Array([vocabulary, chunks, k, rows]));
    queue.writeBuffer(wanted, 0, new Uint32Array(picks ?? new Uint32Array(rows).fill(NOBODY)));
    const group = this.#device.createBindGroup({
      layout: this.#survey.getBindGroupLayout(0),
      entries: [logits, partial, facts, wanted, sizes].map((buffer, binding) => ({ binding, resource: { buffer } })),
    });
    const encoder = this.#device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setBindGroup(0, group);
    pass.setPipeline(this.#survey);
    pass.dispatchWorkgroups(chunks, rows);
    pass.setPipeline(this.#merge);
    pass.dispatchWorkgroups(rows);
    pass.end();
    encoder.copyBufferToBuffer(facts, 0, staging, 0, factsBytes);
    let at = factsBytes;
    for (const extra of extras) {
      encoder.copyBufferToBuffer(extra.buffer, 0, staging, at, extra.bytes);
      at += extra.bytes;
    }
    queue.submit([encoder.finish()]);

    await staging.mapAsync(GPUMapMode.READ, 0, total);
    const mapped = staging.getMappedRange(0, total).slice(0);
    staging.unmap();
    let from = factsBytes;
    return { facts: mapped.slice(0, factsBytes), extras: extras.map(({ bytes }) => mapped.slice(from, (from += bytes))) };
  }

  close(): void {
    this.#kept.close();
  }
}
