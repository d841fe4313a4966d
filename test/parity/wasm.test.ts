// The golden numbers on WASM, in float32 and in 4 bits.
import { vi } from 'vitest';
import { embeddedModel } from '../browser/helpers';
import { describeParity } from './parity-suite';

vi.setConfig({ testTimeout: 180_000 });

describeParity('WASM, float32, against PyTorch', { numbers: 'fp32', load: embeddedModel('wasm', 'fp32'), tolerance: 1e-4 });
describeParity('WASM, 4-bit, against ONNX Runtime on the same graphs', {
  numbers: 'q4',
  load: embeddedModel('wasm', 'q4'),
  tolerance: 1e-3,
});
