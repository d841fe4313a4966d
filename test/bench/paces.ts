// What `npm run bench:gpu` measures of one prompt: reading it, steps with and without its cache, decoding, and what a step asks of the GPU.
import type { GpuMeter, GpuWork } from '../browser/gpu-meter';
import type { OnnxModel } from '../../models/model/onnx-model';
import { farthest, timed, timedEach } from './timing';
import { makeWorkload, type MergedGrid, type ThinkBlock, type Workload } from './workload';

export interface PaceOptions extends ThinkBlock {
  readonly merged: MergedGrid;
  /** Rows of text around the picture. */
  readonly textRows: number;
  /** Steps in each timed row of steps; a tenth as many, at least one, without the cache. */
  readonly steps: number;
  readonly rounds: number;
  /** Tokens decoded in each round. */
  readonly tokens: number;
}

export interface Paces {
  readonly promptRows: number;
  readonly imageTokens: number;
  /** Rows of a step's two passes. */
  readonly stepRows: readonly [latents: number, block: number];
  /** Milliseconds, one number per measurement. */
  readonly read: readonly number[];
  readonly prefill: readonly number[];
  readonly step: readonly number[];
  readonly released: readonly number[];
  /** Milliseconds per token after the first. */
  readonly token: readonly number[];
  readonly tokensDecoded: number;
  /** Largest difference between a step with and without the cache, relative to the largest value. */
  readonly difference: number;
  readonly bytesReadBack: number;
  readonly work: GpuWork;
  /** Bytes of GPU buffers before the first and after the last timed step. */
  readonly held: readonly [before: number, after: number];
}

export async function measurePaces(model: OnnxModel, meter: GpuMeter, options: PaceOptions): Promise<Paces> {
  const { merged, textRows, steps, rounds, tokens, latents, patches } = options;
  console.info(`reading a prompt with a picture of ${merged.h} x ${merged.w} merged tokens`);
  const work = await makeWorkload(model, merged.h * merged.w + textRows, merged, { latents, patches });
  try {
    console.info('warming up');
    const reused = await work.step();
    const difference = farthest(await work.released(), reused);
    await work.prefill();
    await decode(model, work, 2);
    const before = model.counts().bytesReadBack;
    const gpu = await meter.measure(work.step);
    const bytesReadBack = model.counts().bytesReadBack - before;
    const { bytes: heldBefore } = meter.held;
    console.info(`both ways of a step differ by ${difference.toExponential(1)} of the largest value`);
    console.info(
      `a step reads back ${gpu.mapped.join(' + ')} bytes in ${gpu.dispatches} dispatches, with ${gpu.buffers.length} new buffers`,
    );

    const step: number[] = [];
    const released: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const slow = (): Promise<number> => timedEach(Math.max(1, Math.round(steps / 10)), work.released);
      // A B B A, so that a machine that slows down or speeds up favours neither.
      step.push(await timedEach(steps, work.step));
      released.push(await slow(), await slow());
      step.push(await timedEach(steps, work.step));
      console.info(
        `round ${round + 1} of ${rounds}: step ${step.at(-1)?.toFixed(1)} ms, without the cache ${released.at(-1)?.toFixed(1)} ms`,
      );
    }
    const { bytes: heldAfter } = meter.held;
    const read: number[] = [];
    const prefill: number[] = [];
    const token: number[] = [];
    let tokensDecoded = 0;
    for (let round = 0; round < rounds; round += 1) {
      read.push(await timed(work.read));
      prefill.push(await timed(work.prefill), await timed(work.prefill));
      read.push(await timed(work.read));
      const decoded = await decode(model, work, tokens);
      token.push(decoded.ms);
      tokensDecoded += decoded.tokens;
      console.info(
        `round ${round + 1} of ${rounds}: read ${read.at(-1)?.toFixed(1)} ms, prefill ${prefill.at(-1)?.toFixed(1)} ms, token ${decoded.ms.toFixed(1)} ms`,
      );
    }
    return {
      promptRows: work.promptRows,
      imageTokens: work.imageTokens,
      stepRows: [latents, work.patched.length],
      ...{ read, prefill, step, released, token, tokensDecoded, difference, bytesReadBack },
      work: gpu,
      held: [heldBefore, heldAfter],
    };
  } finally {
    work.release();
  }
}

/** Milliseconds per token between the first and the last of an answer. */
async function decode(model: OnnxModel, { context, patched }: Workload, most: number): Promise<{ ms: number; tokens: number }> {
  let first = 0;
  let last = 0;
  let count = 0;
  for await (const token of model.generate(context, patched, { maxNewTokens: most }, { aborted: false })) {
    last = performance.now();
    if (token.index === 0) first = last;
    count += 1;
  }
  return { ms: (last - first) / Math.max(1, count - 1), tokens: count };
}
