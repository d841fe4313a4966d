// Number formatting: signs, units, bounds, and missing values.
import { describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatNats,
  formatNumber,
  formatPlural,
  formatProbability,
  formatReward,
  formatShare,
  formatSigned,
  formatSize,
  NO_VALUE,
} from '../../../../src/text/format';

const plain = (text: string): string => text.replaceAll('\u202F', ' ').replaceAll('\u2212', '-');

describe('formatNumber', () => {
  it('keeps the asked decimals and uses a true minus', () => {
    expect(formatNumber(3.14159)).toBe('3.14');
    expect(formatNumber(-1.5, 1)).toBe('\u22121.5');
    expect(formatNumber(12345.678, 0)).toBe('12346');
  });
  it('says nothing about the sign of what rounds to zero', () => {
    expect(formatNumber(-0.001)).toBe('0.00');
    expect(formatSigned(0.001)).toBe('0.00');
    expect(formatSigned(-0)).toBe('0.00');
  });
  it('shows a dash for what is not a number', () => {
    for (const value of [null, undefined, Number.NaN, Number.POSITIVE_INFINITY]) {
      for (const format of [
        formatNumber,
        formatSigned,
        formatSize,
        formatReward,
        formatNats,
        formatProbability,
        formatShare,
        formatDuration,
        formatBytes,
        formatCount,
      ]) {
        expect(format(value)).toBe(NO_VALUE);
      }
    }
  });
});

describe('units', () => {
  it('signs changes', () => {
    expect(formatSigned(0.25)).toBe('+0.25');
    expect(plain(formatSigned(-0.25))).toBe('-0.25');
    expect(plain(formatNats(1.234, true))).toBe('+1.23 nats');
  });
  it('gives sizes three significant digits, whatever their scale', () => {
    expect([25, 1.8190740399936054, 0.09513, 0.00467579, 123456, 0].map(formatSize)).toEqual([
      '25.0',
      '1.82',
      '0.0951',
      '0.00468',
      '123456',
      '0',
    ]);
    expect(formatSize(3e-7)).toBe('<0.0001');
  });
  it('bounds probabilities that would round to none or all', () => {
    expect(plain(formatProbability(0))).toBe('0.0 %');
    expect(plain(formatProbability(0.0004))).toBe('<0.1 %');
    expect(plain(formatProbability(0.034))).toBe('3.4 %');
    expect(plain(formatProbability(0.87))).toBe('87 %');
    expect(plain(formatProbability(0.99999))).toBe('>99.9 %');
    expect(plain(formatProbability(1))).toBe('100 %');
  });
  it('picks the unit of time and carries over', () => {
    expect(plain(formatDuration(0.4))).toBe('<1 ms');
    expect(plain(formatDuration(999.4))).toBe('999 ms');
    expect(plain(formatDuration(999.6))).toBe('1.0 s');
    expect(plain(formatDuration(9960))).toBe('10 s');
    expect(plain(formatDuration(59_600))).toBe('1 min 00 s');
    expect(plain(formatDuration(125_000))).toBe('2 min 05 s');
  });
  it('picks the unit of size', () => {
    expect(plain(formatBytes(512))).toBe('512 B');
    expect(plain(formatBytes(4700))).toBe('4.7 kB');
    expect(plain(formatBytes(999_600))).toBe('1.0 MB');
    expect(plain(formatBytes(11_600_000))).toBe('12 MB');
  });
  it('groups thousands only where they need it', () => {
    expect(formatCount(9999)).toBe('9999');
    expect(plain(formatCount(1234567))).toBe('1 234 567');
    expect(plain(formatCount(-12345))).toBe('-12 345');
    expect(formatPlural(1, 'patch', 'patches')).toBe('1 patch');
    expect(formatPlural(0, 'patch', 'patches')).toBe('0 patches');
  });
});

describe('reading a formatted reward back', () => {
  it('is within half of the last shown digit', () => {
    fc.assert(
      fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (value) => {
        expect(Math.abs(Number(plain(formatReward(value))) - value)).toBeLessThanOrEqual(Math.abs(value) >= 10 ? 0.005001 : 0.000501);
      }),
    );
  });
});
