// Copies of the logits a decoder computes: it keeps only facts about them, and a comparison of distributions needs all.
import type { Tensor } from 'onnxruntime-common';
import type { Decoder } from '../../models/decoder/decoder';
import type { Runtime } from '../../models/runtime/runtime';

/** From now on `last` is the logits [logit rows, vocabulary] of the latest pass. */
export function tapLogits({ session, runtime }: Decoder): { last: Float32Array } {
  const kept = { last: new Float32Array() };
  const run = session.run.bind(session);
  session.run = async (feeds, fetches) => {
    const outputs = await run(feeds, fetches);
    kept.last = await copyOf(runtime, outputs['logits']);
    return outputs;
  };
  return kept;
}

/** A float32 tensor's numbers, wherever they lie; the tensor stays as it is. */
async function copyOf({ device }: Runtime, logits: Tensor): Promise<Float32Array<ArrayBuffer>> {
  if (!device || logits.location !== 'gpu-buffer') return Float32Array.from(logits.data as Float32Array);
  const size = 4 * logits.size;
  const staging = device.createBuffer({ size, usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(logits.gpuBuffer, 0, staging, 0, size);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const copy = new Float32Array(staging.getMappedRange().slice(0));
  staging.destroy();
  return copy;
}
