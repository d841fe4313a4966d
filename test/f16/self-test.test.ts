// The GPU self-test in 16 bits, on WebGPU that has them: all of its checks that are served pass, for both head sizes.
import { expect, it } from 'vitest';
import { findTrustedDevice } from '../../models/device/select-device';
import { fetchSelfTest } from '../../models/load/self-test-files';

const signal = new AbortController().signal;

it.each([32, 128])('passes in 16 bits with heads of %i numbers, and says nothing', async (headSize) => {
  const { test } = await fetchSelfTest(signal);
  expect(test.checks.filter(({ name }) => name.startsWith(`gqa${headSize}, 8 rows after`))).toHaveLength(2);
  const notices: string[] = [];
  const trusted = await findTrustedDevice({
    device: 'webgpu',
    f16: true,
    headSize,
    selfTest: () => fetchSelfTest(signal),
    notice: (message) => notices.push(message),
    signal,
  });
  expect(notices).toEqual([]);
  expect(trusted.f16).toBe(true);
  expect(trusted.runtime.device?.features.has('shader-f16')).toBe(true);
  await trusted.close();
});
