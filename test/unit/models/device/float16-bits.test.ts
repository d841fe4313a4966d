// float32 to float16 bits, against numbers whose float16 form is known.
import { expect, it } from 'vitest';
import { float16Bits } from '../../../../models/device/float16-bits';

/** The value of float16 bits in the normal range, by the definition of the format. */
function valueOf(bits: number): number {
  const magnitude = bits & 0x7fff;
  const value = magnitude === 0 ? 0 : (1 + (magnitude & 0x3ff) / 1024) * 2 ** ((magnitude >>> 10) - 15);
  return bits & 0x8000 ? -value : value;
}

it('gives known bits', () => {
  const known: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -16, 0x0000],
    [65520, 0x7c00],
    [1e9, 0x7c00],
    [-Infinity, 0xfc00],
    // Halfway between two numbers: to the even one.
    [1 + 1 / 2048, 0x3c00],
    [1 + 3 / 2048, 0x3c02],
    [1 + 1 / 2048 + 1 / 65536, 0x3c01],
  ];
  expect([...float16Bits(Float32Array.from(known, ([value]) => value))]).toEqual(known.map(([, bits]) => bits));
});

it('keeps every number of the normal range that float16 holds', () => {
  const all = Uint16Array.from({ length: 0x7c00 - 0x400 }, (_, i) => 0x400 + i);
  expect(float16Bits(Float32Array.from(all, valueOf))).toEqual(all);
});

it('is off by half a step at most in between', () => {
  const values = Float32Array.from({ length: 10_000 }, (_, i) => Math.sin(i) * 2 ** ((i % 25) - 9)).filter((v) => Math.abs(v) >= 2 ** -14);
  expect(values.length).toBeGreaterThan(9_000);
  const errors = Array.from(float16Bits(values), (bits, i) => Math.abs(valueOf(bits) / values[i] - 1));
  expect(Math.max(...errors)).toBeLessThanOrEqual(2 ** -11);
});
