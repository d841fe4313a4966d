// Decoders with joined products and rotation inside the attention kernel, against the same without: numbers, launches, memory.
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { findAdapter, openDevice } from '../../models/device/adapter';
import { Decoder, type Pass, type PassResult } from '../../models/decoder/decoder';
import { Runtime } from '../../models/runtime/runtime';
import { ExportFixture } from './exports';
import { GpuMeter, type GpuWork } from './gpu-meter';
import { relativeError } from './numbers';

vi.setConfig({ testTimeout: 900_000, hookTimeout: 900_000 });

/** Differences by rounding alone, in float32. */
const BOUND = 1e-5;
const TOP = 10;
const meter = new GpuMeter();
let gpu: Runtime;

beforeAll(async () => {
  gpu = await Runtime.open(await openDevice(await findAdapter(), { subgroups: false, f16: false }));
});
afterAll(async () => {
  await gpu.close();
  gpu.device?.destroy();
});

const wave = (size: number, pace: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(i * pace) * 0.3);

const PASSES = ['reading', 'scoring', 'token'] as const;
type PassName = (typeof PASSES)[number];

interface Told {
  readonly results: Readonly<Record<PassName, PassResult>>;
  /** Launches of each pass. */
  readonly launches: readonly number[];
  /** Submits of a step: reading and scoring. */
  readonly submits: number;
}

/** A prompt of 40 rows, then a step's two passes and a token after it, at positions of which some come twice. */
async function passes(name: string, dtype: string, fuse: boolean): Promise<Told> {
  const fixture = await ExportFixture.open(name);
  const { config } = fixture;
  const { graph, externalData } = await fixture.graph('decoder_model_merged', dtype);
  const decoder = await Decoder.open(gpu, config, { name, bytes: graph, data: externalData }, { fuse });
  const run = (rows: number, more: Partial<Pass>) => {
    const before = more.past?.length ?? 0;
    const positions = Int32Array.from({ length: 3 * rows }, (_, i) => before + Math.floor((i % rows) / 2) + Math.floor(i / rows));
    const embeddings = wave(rows * config.hiddenSize, 1 + rows / 100);
    return decoder.run({ rows, embeddings, positions, past: null, logitRows: [rows - 1], topK: TOP, hidden: true, ...more });
  };
  const { cache: past } = await run(40, { keepCache: true });
  const asked: Readonly<Record<PassName, readonly [rows: number, more: Partial<Pass>]>> = {
    reading: [4, { attention: { rows: [0, 2, 3], start: 5, end: 21 } }],
    scoring: [20, { logitRows: [4, 9, 14, 19] }],
    token: [1, {}],
  };
  const results: Partial<Record<PassName, PassResult>> = {};
  const works: GpuWork[] = [];
  for (const pass of PASSES) {
    const [rows, more] = asked[pass];
    await run(rows, { past, ...more });
    const work = await meter.measure(async () => void (results[pass] = await run(rows, { past, ...more })));
    // The one mapping is ours: nothing else is fetched off the GPU.
    expect(work.mapped.length).toBe(1);
    expect(work.pipelines).toBe(0);
    works.push(work);
  }
  if (past) decoder.free(past);
  await decoder.close();
  return {
    results: results as Told['results'],
    launches: works.map(({ dispatches }) => dispatches),
    submits: works[0].submits + works[1].submits,
  };
}

/** A decoder's folder, type and layers, and what its passes must cost: launches of reading, scoring and a token. */
const DECODERS = [
  ['gqa-qwen2-vl', 'q4', [55, 38, 38]],
  ['genai-0.12', 'q4', [103, 86, 68]],
  ['genai-0.18', 'q4', [50, 33, 27]],
  ['noema-tiny', 'q4', [103, 86, 86]],
] as const;

it.each(DECODERS)('%s in %s gives the same numbers with fewer launches', async (name, dtype, launches) => {
  const apart = await passes(name, dtype, false);
  const fused = await passes(name, dtype, true);
  for (const pass of PASSES) {
    const [expected, told] = [apart.results[pass], fused.results[pass]];
    expect(relativeError(expected.facts.topLogits, told.facts.topLogits), `${pass} logits`).toBeLessThan(BOUND);
    expect(relativeError(expected.facts.logSumExp, told.facts.logSumExp), `${pass} log-sum-exp`).toBeLessThan(BOUND);
    expect(relativeError(expected.hidden, told.hidden), `${pass} hidden`).toBeLessThan(BOUND);
    expect(told.facts.topIds).toEqual(expected.facts.topIds);
  }
  expect(relativeError(apart.results.reading.attention, fused.results.reading.attention), 'attention').toBeLessThan(BOUND);
  expect(fused.launches).toEqual(launches);
  expect(fused.submits).toBeLessThan(apart.submits);
});

it('makes a step of 36 layers cost at most 60 % of the 1,545 launches that it was', () => {
  const small = { layers: 2, launches: DECODERS[0][2] };
  const large = { layers: 6, launches: DECODERS[3][2] };
  const [reading, scoring] = [0, 1].map((pass) => {
    const perLayer = (large.launches[pass] - small.launches[pass]) / (large.layers - small.layers);
    expect(perLayer).toBe(12);
    return small.launches[pass] + perLayer * (36 - small.layers);
  });
  // Six layers' rows are gathered in two launches, and six such groups and 36 layers' keys joined, 7 at a time on the least device.
  const joining = 2 * (36 / 6 - 1) + 1 + (Math.ceil(36 / 7) - 1);
  expect(reading + scoring + joining).toBeLessThanOrEqual(0.6 * 1545);
});
