// What a model costs, and whether a device can hold it: the promises made before a download.
import { describe, expect, test } from 'vitest';
import type { DeviceReport, Footprint } from '../../../../src/engine/model-report';
import { judge, judgeAll } from '../../../../src/engine/verdict';
import { footprint, type ModelSizes } from '../../../../src/engine/footprint';
import type { Dtype } from '../../../../src/model/dtype';

const GB = 1e9;
const LAPTOP: DeviceReport = {
  webgpu: 'hardware',
  description: 'a laptop',
  f16: true,
  maxBufferSize: 2 ** 31,
  maxBindingSize: 2 ** 31,
  lazyWeights: true,
  deviceMemory: 8 * 2 ** 30,
  mobile: false,
  storage: { quota: 50 * GB, used: 0 },
  problem: null,
};
const NO_WEBGPU = { code: 'NO_WEBGPU', message: 'This browser has no WebGPU.', action: 'Use another browser.', retry: false } as const;
const THREE_B: ModelSizes = { layers: 36, keyValueHeads: 2, headSize: 128, hiddenSize: 2048, vocabularySize: 151_936, visionHeads: 16 };
const half = footprint(THREE_B, { download: 2.55 * GB, largestFile: 1.74 * GB }, 'q4f16', true);
const single = footprint(THREE_B, { download: 2.9 * GB, largestFile: 1.95 * GB }, 'q4', true);
const tiny: Footprint = { download: 4e6, gpu: 30e6, heap: 160e6, binding: 1e6, f16: false };

describe('footprint', () => {
  test('the cache, the scores, the logits and the head of the 3B, by hand', () => {
    // 2 * 36 * 2 * 128 numbers a row: 36,864 bytes in 16 bits; 2,048 rows.
    const cache = 36_864 * 2048;
    const scores = 16 * 4096 * 4096 * 2;
    const logits = 151_936 * 16 * 4;
    expect(half.gpu).toBe(2.55 * GB + cache + scores + logits);
    expect(single.gpu).toBe(2.9 * GB + 2 * cache + 2 * scores + logits);
    expect(half.binding).toBeCloseTo(151_936 * 2048 * 0.58, -2);
    expect([half.f16, single.f16]).toEqual([true, false]);
  });

  test('without weights read in pieces the largest file lies in the tab', () => {
    const whole = footprint(THREE_B, { download: 2.55 * GB, largestFile: 1.74 * GB }, 'q4f16', false);
    expect(whole.heap - half.heap).toBe(1.74 * GB);
  });

  test('small pictures cost little', () => {
    const few = footprint({ ...THREE_B, mostPatches: 400 }, { download: 2.55 * GB, largestFile: 1 }, 'q4f16', true);
    expect(half.gpu - few.gpu).toBe(16 * 2 * (4096 ** 2 - 400 ** 2));
  });
});

describe('one type', () => {
  test.each<[string, Partial<DeviceReport>, Footprint, RegExp, RegExp]>([
    ['a phone', { mobile: true }, half, /phones and tablets/, /embedded model/],
    ['a browser without WebGPU', { webgpu: 'none', problem: NO_WEBGPU }, single, /no WebGPU: .*minutes a word/, /another browser/],
    ['a software adapter', { webgpu: 'software' }, single, /on the processor: .*minutes a word/, /embedded model/],
    ['16-bit weights on the processor', { webgpu: 'software' }, { ...tiny, f16: true }, /processor computes in 32-bit/, /q4/],
    ['a GPU without 16-bit arithmetic', { f16: false }, half, /16-bit floating point/, /q4/],
    ['small bindings', { maxBindingSize: 128 * 2 ** 20 }, half, /buffers of 180\u202fMB; this GPU allows 134\u202fMB/i, /smaller/],
    ['small buffers', { maxBufferSize: 128 * 2 ** 20 }, half, /this GPU allows 134\u202fMB/i, /smaller/],
    ['little memory', { deviceMemory: 4 * 2 ** 30 }, single, /this device has 4\.3\u202fGB/i, /smaller/],
    [
      'a full disk',
      { storage: { quota: 3 * GB, used: 2 * GB } },
      half,
      /would store 2\.6\u202fGB.*allows 1\.0\u202fGB/i,
      /Delete stored models/,
    ],
  ])('%s cannot', (_, change, need, reason, action) => {
    const verdict = judge({ ...LAPTOP, ...change }, need, 0, true);
    expect(verdict).toMatchObject({ kind: 'cannot', reason: expect.stringMatching(reason), action: expect.stringMatching(action) });
  });

  test.each<[string, Partial<DeviceReport>, Footprint, number]>([
    ['a laptop', {}, half, 0],
    ['the largest memory a browser tells may be more', { deviceMemory: 8 * 2 ** 30 }, { ...single, gpu: 7 * GB }, 0],
    ['a browser that tells no memory and no quota', { deviceMemory: null, storage: null }, half, 0],
    ['what is stored already need not fit again', { storage: { quota: 3 * GB, used: 2.4 * GB } }, half, 2.4 * GB],
  ])('%s will run it, and says how much GPU memory that takes', (_, change, need, stored) => {
    const verdict = judge({ ...LAPTOP, ...change }, need, stored, true);
    expect(verdict).toMatchObject({ kind: 'will-run', notes: [expect.stringContaining('GPU memory')] });
  });

  test('the embedded model runs everywhere, and says where', () => {
    expect(judge(LAPTOP, tiny, 0, true)).toEqual({ kind: 'will-run', notes: [] });
    for (const change of [{ mobile: true, webgpu: 'none' }, { webgpu: 'software' }] as const)
      expect(judge({ ...LAPTOP, ...change }, tiny, 0, true)).toMatchObject({
        kind: 'will-run',
        notes: [expect.stringContaining('processor')],
      });
  });
});

test('weights without checksums will run, and it is said that nobody can tell a damaged copy', () => {
  expect(judge(LAPTOP, tiny, 0, false)).toMatchObject({ kind: 'will-run', notes: [expect.stringContaining('without checksums')] });
});

describe('all types of a model', () => {
  const types = (['fp32', 'q4', 'q4f16'] as const).map((dtype: Dtype) => ({
    dtype,
    footprint: dtype === 'q4f16' ? half : dtype === 'q4' ? single : { ...single, download: 12 * GB, gpu: 13 * GB, binding: 3 * GB },
    stored: 0,
    verified: true,
  }));

  test('16 bits first where the GPU has them; a type that cannot run names the best that can', () => {
    const { dtypes, recommended } = judgeAll(LAPTOP, types);
    expect(recommended).toBe('q4f16');
    expect(dtypes.map(({ dtype, verdict }) => [dtype, verdict.kind])).toEqual([
      ['q4f16', 'will-run'],
      ['q4', 'will-run'],
      ['fp32', 'instead'],
    ]);
    expect(dtypes[2].verdict).toMatchObject({ dtype: 'q4f16', reason: expect.stringContaining('buffers') });
  });

  test('without them q4 stands in', () => {
    const { dtypes, recommended } = judgeAll({ ...LAPTOP, f16: false }, types);
    expect(recommended).toBe('q4');
    expect(dtypes.find(({ dtype }) => dtype === 'q4f16')?.verdict).toMatchObject({ kind: 'instead', dtype: 'q4' });
  });

  test('nothing is recommended where nothing runs', () => {
    const { dtypes, recommended } = judgeAll({ ...LAPTOP, mobile: true }, types);
    expect(recommended).toBeNull();
    expect(dtypes.every(({ verdict }) => verdict.kind === 'cannot')).toBe(true);
  });
});
