// The embedded model in 4-bit weights and 16-bit arithmetic on WebGPU: a whole DMLR run along the path of the stored one.
import { writeSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadModel } from '../../models/load/load-model';
import { readInPieces } from './short-passes';

readInPieces();
const t0 = performance.now();
const log = (s: string) => writeSync(1, `${((performance.now() - t0) / 1000).toFixed(1)} s ${s}\n`);
it('loads', async () => {
  const loaded = await loadModel(
    { source: { kind: 'site', url: new URL('/models/noema-tiny/', location.href).href }, dtype: 'q4f16', device: 'webgpu' },
    (event) => log(JSON.stringify(event).slice(0, 200)),
    new AbortController().signal,
  );
  log(loaded.device.description + loaded.model.info.dtype);
  expect(loaded.model.info.dtype).toBe('q4f16');
  await loaded.close();
}, 500_000);
