// What the page says the embedded model costs is what lies in the repository and in the installed runtime.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EMBEDDED_MODEL, RUNTIME_BYTES } from '../../web/embedded-model';

const ROOT = join(import.meta.dirname, '../..');

test('the runtime is no larger than the page says, and the page does not exaggerate', () => {
  const imports = readFileSync(join(ROOT, 'models/runtime/ort.ts'), 'utf8').matchAll(/onnxruntime-web\/([\w.-]+\.wasm)\?url/g);
  const sizes = [...imports].map(([, name]) => statSync(join(ROOT, 'node_modules/onnxruntime-web/dist', name)).size);
  expect(Math.max(...sizes) / RUNTIME_BYTES).toBeCloseTo(1, 2);
});

test('the manifest the cost is read from names a licence and the bytes of every type', () => {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'public', EMBEDDED_MODEL, 'manifest.json'), 'utf8'));
  expect(manifest.licence).toMatch(/\w/);
  for (const dtype of Object.values(manifest.dtypes as Record<string, { bytes: number }>)) expect(dtype.bytes).toBeGreaterThan(1e6);
  expect(manifest.dtypes).toHaveProperty(manifest.defaultDtype);
});
