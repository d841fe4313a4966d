// Numbers that are not finite: the error says which dtype was loaded and which to load instead.
import { expect, test } from 'vitest';
import { cancelled, type EngineFault, fault } from '../../../../src/errors';
import { naming } from '../../../../models/decoder/wrong-numbers';

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
