// What follows from a model's dtype: its width, the order of preference, and what to try when it fails.
import { expect, test } from 'vitest';
import {
  DTYPE_CHOICES,
  DTYPES,
  alternativeDtype,
  fileSuffix,
  in32Bits,
  is16Bit,
  preferredDtypes,
  saferDtypes,
  standIns,
} from '../../../../src/model/dtype';

test('every type has a place in the order of preference; without 16 bits, those of 32 keep their order', () => {
  expect(preferredDtypes(true).toSorted()).toEqual([...DTYPES].toSorted());
  expect(preferredDtypes(true)[0]).toBe('q4f16');
  expect(preferredDtypes(false)).toEqual(['q4', 'fp32']);
  expect(DTYPE_CHOICES).toEqual(['auto', ...DTYPES]);
});

test.each(DTYPES)('%s leads to a type of 32 bits, and its parts may be of any type', (dtype) => {
  expect(is16Bit(in32Bits(dtype))).toBe(false);
  expect(saferDtypes(dtype)).not.toContain(dtype);
  for (const part of ['embed_tokens', 'vision_encoder'] as const) expect(standIns(part, dtype).toSorted()).toEqual([...DTYPES].toSorted());
});

test('a vision encoder that convolves in float16 is the last resort beside a 4-bit decoder', () => {
  expect(standIns('vision_encoder', 'q4f16')).toEqual(['q4', 'q4f16', 'fp32', 'fp16']);
  expect(standIns('embed_tokens', 'q4f16')[0]).toBe('q4f16');
});

test('files are named after their type, and those of float32 after none', () => {
  expect(DTYPES.map(fileSuffix)).toEqual(['_q4', '_q4f16', '_fp16', '']);
});

test.each([
  ['WRONG_NUMBERS', 'q4f16', ['q4f16', 'q4', 'fp32'], 'q4'],
  ['WRONG_NUMBERS', 'q4', ['q4f16', 'q4', 'fp32'], 'fp32'],
  ['WRONG_NUMBERS', 'q4', ['q4f16', 'q4'], 'q4f16'],
  ['WRONG_NUMBERS', 'q4', ['q4'], null],
  ['WRONG_NUMBERS', null, ['q4f16', 'q4'], 'q4'],
  ['NO_F16', 'fp16', ['q4f16', 'fp16'], null],
  ['NO_F16', 'q4f16', ['q4f16', 'q4'], 'q4'],
  ['OUT_OF_MEMORY', 'q4', ['q4f16', 'q4', 'fp16'], 'q4f16'],
  ['OUT_OF_MEMORY', 'q4f16', ['q4f16', 'q4'], null],
  ['OUT_OF_MEMORY', null, ['q4f16', 'q4'], null],
  ['STORAGE_FULL', 'q4', ['q4f16', 'q4', 'fp32'], null],
] as const)('after %s of %s among %j: %s', (code, failed, available, expected) => {
  expect(alternativeDtype(code, failed, available)).toBe(expected);
});
