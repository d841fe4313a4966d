// The GPU self-test in 16 bits, on WebGPU that has them: every check passes, for both head sizes.
import { expect, it } from 'vitest';
import { findTrustedDevice } from '../../models/device/select-device';
import { fetchSelfTest } from '../../models/load/self-test-files';

const signal = new AbortController().signal;

it.each([32, 128])('passes in 16 bits with heads of %i numbers', async (headSize) => {
  const notices: string[] = [];
  const started = performance.now();
  const trusted = await findTrustedDevice({
    device: 'webgpu',
    f16: true,
    headSize,
    selfTest: () => fetchSelfTest(signal),
    notice: (message) => notices.push(message),
    signal,
  });
  console.log(headSize, performance.now() - started, trusted.description, trusted.subgroups);
  expect(notices).toEqual([]);
  expect(trusted.f16).toBe(true);
  await trusted.close();
});
