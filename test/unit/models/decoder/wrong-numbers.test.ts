// Numbers that no model computes: not finite, or every token alike; the error says which dtype was loaded and which to load instead.
import { expect, test } from 'vitest';
import { cancelled, type EngineFault, fault } from '../../../../src/errors';
import { factsFromLogits } from '../../../../models/decoder/row-facts';
import { isUniform, naming } from '../../../../models/decoder/wrong-numbers';

const wrong = fault('WRONG_NUMBERS', 'The model computed numbers that are not finite.', 'Load another type.', { detail: 'layer 3' });

function told(dtype: 'q4f16' | 'fp16' | 'q4' | 'fp32', device: 'webgpu' | 'wasm') {
  try {
    return naming({ dtype, device })(wrong);
  } catch (error) {
    return (error as EngineFault).value;
  }
}

test.each([
  ['q4f16', 'q4 type'],
  ['fp16', 'fp32'],
  ['q4', 'fp32'],
  ['fp32', 'WASM'],
] as const)('%s on a GPU gives way to %s', (dtype, instead) => {
  const value = told(dtype, 'webgpu');
  expect(value).toMatchObject({ code: 'WRONG_NUMBERS', retry: true, detail: 'layer 3' });
  expect(value.message).toContain(dtype);
  expect(value.action).toContain(instead);
});

test('where the processor computes, WASM is no way out', () => {
  expect(told('q4', 'wasm').action).not.toContain('WASM');
});

test('other faults pass unchanged', () => {
  const stopped = cancelled();
  expect(() => naming({ dtype: 'q4', device: 'webgpu' })(stopped)).toThrow(stopped);
});

test('a row is uniform when no token is more probable than another, to rounding, whatever the logits and the vocabulary', () => {
  const rows = (vocabulary: number, ...offsets: ((i: number) => number)[]) => {
    const logits = Float32Array.from({ length: offsets.length * vocabulary }, (_, i) =>
      offsets[Math.floor(i / vocabulary)](i % vocabulary),
    );
    return isUniform(factsFromLogits(logits, offsets.length, 3, null), 3, vocabulary);
  };
  const spread = (i: number): number => Math.sin(i * i);
  for (const vocabulary of [768, 151_936]) {
    for (const level of [0, -7.25, 3e4, -2e8]) {
      expect(rows(vocabulary, () => level)).toBe(true);
      expect(rows(vocabulary, spread, () => level)).toBe(true);
    }
    expect(rows(vocabulary, (i) => 12 + (i % 2) * 1e-5)).toBe(true);
    // One token a hundredth of a nat above the others is a choice, however small.
    expect(rows(vocabulary, (i) => (i === 5 ? 0.01 : 0))).toBe(false);
    expect(rows(vocabulary, spread, (i) => 0.01 * spread(i))).toBe(false);
  }
});
