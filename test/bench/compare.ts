// What `npm run bench` measures: a step with the prompt's cache against the released strategy and after a short prompt, and many candidates in one pass.
import type { GpuMeter, GpuWork } from '../browser/gpu-meter';
import type { OnnxModel } from '../../models/model/onnx-model';
import { measurePacked, type Packed } from './packed';
import { farthest, timed } from './timing';
import { makeWorkload } from './workload';

export interface CompareOptions {
  readonly promptRows: number;
  /** Merged tokens along each side of the picture. */
  readonly imageSide: number;
  readonly rounds: number;
  /** Numbers of candidates that are evaluated together. */
  readonly together: readonly number[];
}

export interface Comparison {
  readonly promptRows: number;
  readonly imageTokens: number;
  /** Rows of a step's two passes. */
  readonly stepRows: readonly [latents: number, block: number];
  /** Milliseconds, measured in turns: a step with the cached prompt, with the released strategy, after a short prompt. */
  readonly step: readonly number[];
  readonly released: readonly number[];
  readonly shortStep: readonly number[];
  readonly shortRows: number;
  /** Largest difference between the two ways, relative to the largest value. */
  readonly difference: number;
  readonly bytesReadBack: number;
  readonly gpu: { readonly step: GpuWork; readonly released: GpuWork } | null;
  /** Whether the graph takes many candidates in one pass, and what they take. */
  readonly packs: boolean;
  readonly packed: readonly Packed[];
}

export async function compare(model: OnnxModel, meter: GpuMeter | null, options: CompareOptions): Promise<Comparison> {
  const { rounds, imageSide } = options;
  console.info('reading the prompts');
  const long = await makeWorkload(model, options.promptRows, imageSide);
  const short = await makeWorkload(model, 100, Math.min(imageSide, 8));

  console.info('warming up');
  // Everything once, so that nothing is compiled while the clock runs.
  for (const job of [long.step, long.released, short.step, long.step]) await job();
  const difference = farthest(await long.released(), await long.step());
  const before = model.counts().bytesReadBack;
  await long.step();
  const bytesReadBack = model.counts().bytesReadBack - before;

  const gpu = meter ? { step: await meter.measure(long.step), released: await meter.measure(long.released) } : null;
  console.info('measuring');
  const step: number[] = [];
  const released: number[] = [];
  const shortStep: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // A B B A, so that a machine that slows down or speeds up favours neither.
    const first = await timed(long.step);
    const second = await timed(long.released);
    const third = await timed(long.released);
    const fourth = await timed(long.step);
    step.push(first, fourth);
    released.push(second, third);
    console.info(
      `round ${round + 1} of ${rounds}: step ${Math.min(first, fourth).toFixed(1)} ms, released ${Math.min(second, third).toFixed(1)} ms`,
    );
    for (let i = 0; i < 4; i += 1) {
      const pair = i % 2 === 0 ? [long.step, short.step] : [short.step, long.step];
      const times = [await timed(pair[0]), await timed(pair[1])];
      step.push(times[i % 2]);
      shortStep.push(times[1 - (i % 2)]);
    }
  }
  const { decoder } = model;
  const past = await long.cache();
  const packed = await measurePacked(decoder, past, long.nextPosition, { together: options.together, rounds });
  decoder.free(past);
  const { promptRows, imageTokens, stepRows } = long;
  const shortRows = short.promptRows;
  long.release();
  short.release();
  const candidates = { packs: decoder.packs, packed };
  return { promptRows, imageTokens, stepRows, ...candidates, step, released, shortStep, shortRows, difference, bytesReadBack, gpu };
}
