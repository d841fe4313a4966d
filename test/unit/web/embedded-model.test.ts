// What the page says the embedded model costs is what lies in the repository and in the installed runtime.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { EMBEDDED_MODEL, modelCost, RUNTIME_BYTES, siteFolder } from '../../../web/embedded-model';

afterEach(() => void vi.unstubAllGlobals());

const ROOT = join(import.meta.dirname, '../../..');

test('the runtime is no larger than the page says, and the page does not exaggerate', () => {
  const imports = readFileSync(join(ROOT, 'models/runtime/ort.ts'), 'utf8').matchAll(/onnxruntime-web\/([\w.-]+\.wasm)\?url/g);
  const sizes = [...imports].map(([, name]) => statSync(join(ROOT, 'node_modules/onnxruntime-web/dist', name)).size);
  expect(Math.max(...sizes) / RUNTIME_BYTES).toBeCloseTo(1, 2);
});

test("the cost of the page's model is that of the weights it would load", async () => {
  const text = readFileSync(join(ROOT, 'public', EMBEDDED_MODEL, 'manifest.json'), 'utf8');
  const { dtypes } = JSON.parse(text) as { dtypes: Record<string, { bytes: number }> };
  vi.stubGlobal('document', { baseURI: 'https://page.example/' });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(text)));
  expect(await modelCost(EMBEDDED_MODEL, 'fp32')).toEqual({ name: 'noema-tiny', bytes: dtypes['fp32'].bytes, licence: 'Apache-2.0' });
  // There are no float16 files: the default is loaded.
  for (const choice of ['auto', 'q4', 'fp16'] as const) expect((await modelCost(EMBEDDED_MODEL, choice)).bytes).toBe(dtypes['q4'].bytes);
});

test('a name alone is a model of the page, the empty one the embedded; what has an owner or an address is from elsewhere', () => {
  expect(siteFolder('')).toBe(EMBEDDED_MODEL);
  expect(siteFolder('noema-tiny-ivtlr')).toBe('models/noema-tiny-ivtlr/');
  for (const other of ['owner/name', 'https://models.example/a/', '..', 'a/../b', 'Name', '-', 'x'.repeat(41)])
    expect(siteFolder(other)).toBeNull();
});
