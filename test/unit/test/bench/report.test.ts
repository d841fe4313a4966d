// What the benchmarks print, and that counts and agreement decide whether they pass, never a time.
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Packed } from '../../../bench/packed';
import { printPacked, type PackedContext } from '../../../bench/packed-report';
import { printProfile } from '../../../bench/profile-report';

let printed = '';
beforeEach(() => {
  printed = '';
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
});
afterEach(() => vi.restoreAllMocks());

const packed = (candidates: number, ms: number, more: Partial<Packed> = {}): Packed => ({
  candidates,
  passes: 1,
  rows: 8 * candidates,
  scored: 4 * candidates,
  times: [ms, 2 * ms],
  difference: 1e-7,
  ...more,
});
const WASM: PackedContext = { wasm: true, half: false, packs: true, floor: null };

describe('candidates in one pass', () => {
  it('are printed per second, beside the time of one and the target', () => {
    expect(printPacked([packed(1, 10), packed(16, 100)], WASM)).toBe(true);
    expect(printed).toContain('160.0 evaluations/s');
    expect(printed).toContain('1280 rows/s');
    expect(printed).toContain('10.00x the time of one; target: at most 12x');
  });

  it('stand beside a floor where there is one', () => {
    printPacked([packed(1, 10), packed(16, 100)], { ...WASM, wasm: false, floor: (rows) => rows / 8 });
    expect(printed).toContain('floor 16.0 ms, 6.3x');
    expect(printed).not.toContain('target');
  });

  it('are judged by passes and agreement, not by times', () => {
    expect(printPacked([packed(1, 10), packed(16, 10_000)], WASM)).toBe(true);
    expect(printPacked([packed(1, 10), packed(16, 100, { difference: 2e-5 })], WASM)).toBe(false);
    expect(printPacked([packed(1, 10), packed(16, 100, { passes: 2 })], WASM)).toBe(false);
    expect(printPacked([packed(1, 10), packed(64, 100, { passes: 2 })], WASM)).toBe(true);
    expect(printPacked([packed(1, 10), packed(16, 100, { difference: 2e-3 })], { ...WASM, half: true })).toBe(true);
    expect(printPacked([packed(1, 10), packed(16, 100, { passes: 16 })], { ...WASM, packs: false })).toBe(true);
    expect(printed).toContain('one to a pass');
  });
});

describe('GPU time per kernel', () => {
  const kernels = Array.from({ length: 20 }, (_, i) => ({ label: `Kernel${i}`, dispatches: 2, us: 100 - i }));
  const times = { dispatches: 40, busyUs: 1810, spanUs: 3000, clockMs: 5, kernels };

  it('lists the longest and sums up the rest', () => {
    printProfile([{ name: 'a step', times }], false);
    expect(printed).toContain('a step: 40 dispatches, GPU busy 1.81 ms, first to last 3.00 ms');
    expect(printed).toContain('Kernel15');
    expect(printed).not.toContain('Kernel16');
    expect(printed).toContain('4 others');
    expect(printed).not.toContain('SOFTWARE');
  });

  it('says when its times mean nothing, and when there are none', () => {
    printProfile([{ name: 'a step', times }], true);
    expect(printed).toContain("SOFTWARE ADAPTER: the times per kernel are the processor's");
    printProfile(null, false);
    expect(printed).toContain('this adapter has no timestamp-query');
  });
});
