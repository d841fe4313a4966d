// Decoders with joined products and rotation inside the attention kernel, against the same without: numbers, launches, memory.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findAdapter, openDevice } from '../../models/device/adapter';
import { Decoder, type PassResult } from '../../models/decoder/decoder';
import { Runtime } from '../../models/runtime/runtime';
import { ExportFixture, type Golden } from './exports';
import { GpuMeter } from './gpu-meter';
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

interface Told {
  readonly reading: PassResult;
  readonly scoring: PassResult;
  readonly token: PassResult;
  /** Launches of each of them. */
  readonly launches: Readonly<Record<'reading' | 'scoring' | 'token', number>>;
  readonly submits: number;
}

/** A prompt of 40 rows, then a step's two passes and a token after it, at positions of which some come twice. */
async function passes(name: string, dtype: string, fuse: boolean): Promise<Told> {
  const fixture = await ExportFixture.open(name);
  const { config } = fixture;
  const { graph, externalData } = await fixture.graph('decoder_model_merged', dtype);
  const decoder = await Decoder.open(gpu, config, { name, bytes: graph, data: externalData }, { fuse });
  const run = (rows: number, more: Partial<Parameters<Decoder['run']>[0]>) => {
    const before = more.past?.length ?? 0;
    const positions = Int32Array.from({ length: 3 * rows }, (_, i) => before + Math.floor((i % rows) / 2) + Math.floor(i / rows));
    const embeddings = wave(rows * config.hiddenSize, 1 + rows / 100);
    return decoder.run({ rows, embeddings, positions, past: null, logitRows: [rows - 1], topK: TOP, hidden: true, ...more });
  };
  const { cache: past } = await run(40, { keepCache: true });
  const asked = { rows: [0, 2, 3], start: 5, end: 21 };
  const count = async (rows: number, more: Partial<Parameters<Decoder['run']>[0]>) => {
    await run(rows, { past, ...more });
    let told: PassResult | null = null;
    const work = await meter.measure(async () => void (told = await run(rows, { past, ...more })));
    expect(work.mapped.length).toBe(1);
    expect(work.pipelines).toBe(0);
    return { told: told as unknown as PassResult, ...work };
  };
  const reading = await count(4, { attention: asked });
  const scoring = await count(20, { logitRows: [4, 9, 14, 19] });
  const token = await count(1, {});
  if (past) decoder.free(past);
  await decoder.close();
  return {
    reading: reading.told,
    scoring: scoring.told,
    token: token.told,
    launches: { reading: reading.dispatches, scoring: scoring.dispatches, token: token.dispatches },
    submits: reading.submits + scoring.submits,
  };
}

describe.each([
  ['gqa-qwen2-vl', 'q4'],
  ['gqa-qwen2_5-vl-untied', 'fp32'],
  ['genai-0.12', 'q4'],
  ['genai-0.18', 'q4'],
  ['noema-tiny', 'q4'],
] as const)('%s in %s', (name, dtype) => {
  it('gives the same numbers with fewer launches', async () => {
    const apart = await passes(name, dtype, false);
    const fused = await passes(name, dtype, true);
    for (const pass of ['reading', 'scoring', 'token'] as const) {
      expect(relativeError(apart[pass].facts.topLogits, fused[pass].facts.topLogits), `${pass} logits`).toBeLessThan(BOUND);
      expect(relativeError(apart[pass].facts.logSumExp, fused[pass].facts.logSumExp), `${pass} log-sum-exp`).toBeLessThan(BOUND);
      expect(relativeError(apart[pass].hidden, fused[pass].hidden), `${pass} hidden`).toBeLessThan(BOUND);
      expect(fused[pass].facts.topIds).toEqual(apart[pass].facts.topIds);
    }
    expect(relativeError(apart.reading.attention, fused.reading.attention), 'attention').toBeLessThan(BOUND);
    console.info(name, JSON.stringify([apart.launches, apart.submits, fused.launches, fused.submits]));
  });
});
export type { Golden };
