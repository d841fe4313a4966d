// The page half of `npm run bench`: measures inside the browser and hands the numbers to the script that drives it.
import { loadModel } from '../../models/load/load-model';
import { GpuMeter, type GpuWork } from '../browser/gpu-meter';
import { makeWorkload, type StepNumbers } from './workload';

export interface BenchOptions {
  readonly device: 'wasm' | 'webgpu';
  readonly dtype: 'fp32' | 'q4';
  readonly modelUrl: string;
  readonly promptRows: number;
  readonly imageSide: number;
  readonly rounds: number;
}

export interface BenchResult {
  readonly device: string;
  readonly loadMs: number;
  readonly promptRows: number;
  readonly imageTokens: number;
  /** Milliseconds per round: [with prefix reuse, released strategy, step after a short prompt]. */
  readonly step: readonly number[];
  readonly released: readonly number[];
  readonly shortStep: readonly number[];
  readonly shortRows: number;
  /** Largest difference between the two ways, relative to the largest value. */
  readonly difference: number;
  readonly bytesReadBack: number;
  readonly gpu: { readonly step: GpuWork; readonly released: GpuWork } | null;
}

async function timed(job: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await job();
  return performance.now() - begun;
}

async function bench(options: BenchOptions): Promise<BenchResult> {
  const { device, dtype, modelUrl, rounds } = options;
  const meter = device === 'webgpu' ? new GpuMeter() : null;
  console.info('loading');
  const begun = performance.now();
  const loaded = await loadModel({ source: { kind: 'site', url: modelUrl }, dtype, device }, () => undefined, new AbortController().signal);
  const loadMs = performance.now() - begun;
  const { model } = loaded;
  console.info('reading the prompts');
  const long = await makeWorkload(model, options.promptRows, options.imageSide);
  const short = await makeWorkload(model, 100, Math.min(options.imageSide, 8));

  console.info('warming up');
  // Everything once, so that nothing is compiled while the clock runs.
  for (const job of [long.step, long.released, short.step, long.step]) await job();
  const difference = farthest(await long.released(), await long.step());
  const before = model.counts().bytesReadBack;
  await long.step();
  const bytesReadBack = model.counts().bytesReadBack - before;

  const gpu = meter ? { step: await meter.measure(long.step), released: await meter.measure(long.released) } : null;
  if (gpu) console.info(`a step asks the GPU for ${JSON.stringify(gpu.step)}`);
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
  const result = {
    device: loaded.device.description,
    loadMs,
    promptRows: long.promptRows,
    imageTokens: long.imageTokens,
    step,
    released,
    shortStep,
    shortRows: short.promptRows,
    difference,
    bytesReadBack,
    gpu,
  };
  long.release();
  short.release();
  await loaded.close();
  return result;
}

function farthest(a: StepNumbers, b: StepNumbers): number {
  return Math.max(
    ...(['attention', 'topLogits', 'logSumExp'] as const).map((part) => {
      const scale = Math.max(...a[part].map(Math.abs));
      return Math.max(...a[part].map((value, i) => Math.abs(value - b[part][i]))) / scale;
    }),
  );
}

Object.assign(globalThis, { noemaBench: bench });
