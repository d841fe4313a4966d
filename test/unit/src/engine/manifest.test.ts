// What of a manifest.json is taken, and what is said of one that cannot be.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFromManifest } from '../../../../models/files/manifest-list';
import { notInFolder, damaged } from '../../../../models/files/messages';
import { parseManifest, weightBytes } from '../../../../src/engine/manifest';

const TINY = readFileSync(join(import.meta.dirname, '../../../../public/models/noema-tiny/manifest.json'), 'utf8');
const json = () =>
  JSON.parse(TINY) as Record<string, unknown> & { dtypes: Record<string, { bytes: number }>; files: Record<string, unknown> };

describe('a manifest', () => {
  it('of the recipe says what each type weighs', () => {
    const manifest = parseManifest(json());
    for (const dtype of ['q4', 'q4f16', 'fp32'] as const) expect(weightBytes(manifest, dtype)).toBe(json().dtypes[dtype].bytes);
    expect(weightBytes(manifest, 'fp16')).toBe(0);
    expect(manifest.defaultDtype).toBe('q4');
  });

  it('counts the weight files beside the graphs, a shared one once', () => {
    const file = (bytes: number) => ({ bytes, sha256: 'a'.repeat(64) });
    const session = { graph: 'onnx/a.onnx', data: ['onnx/a.onnx_data'] };
    const sessions = { embed_tokens: session, vision_encoder: session, decoder_model_merged: { graph: 'b.onnx', data: [] } };
    const files = { 'onnx/a.onnx': file(1), 'onnx/a.onnx_data': file(20), 'b.onnx': file(300), 'tokenizer.json': file(4000) };
    expect(weightBytes(parseManifest({ format: 1, name: 'm', dtypes: { fp16: { sessions } }, files }), 'fp16')).toBe(321);
  });

  it('with a type of another program says nothing of the type to prefer', () => {
    expect(parseManifest({ ...json(), defaultDtype: 'int3' }).defaultDtype).toBeUndefined();
  });

  it.each([
    ['another format', { ...json(), format: 2 }, 'format'],
    ['no name', { ...json(), name: undefined }, 'name'],
    ['no types', { ...json(), dtypes: undefined }, 'dtypes'],
    ['a way out of the folder', { ...json(), files: { '../config.json': { bytes: 1, sha256: 'a'.repeat(64) } } }, 'files'],
    ['a checksum that is none', { ...json(), files: { 'config.json': { bytes: 1, sha256: 'sha' } } }, 'config.json'],
    ['half a byte', { ...json(), files: { 'config.json': { bytes: 0.5, sha256: 'a'.repeat(64) } } }, 'config.json'],
  ])('with %s is BAD_MODEL and names the field', (_, changed, field) => {
    expect(() => parseManifest(changed)).toThrow(expect.objectContaining({ value: expect.objectContaining({ code: 'BAD_MODEL' }) }));
    expect(() => parseManifest(changed)).toThrow(field);
  });
});

describe('the list of a folder', () => {
  const list = (text: string) => listFromManifest(() => Promise.resolve(new Blob([text])));

  it('is that of its manifest', async () => {
    expect([...((await list(TINY)) ?? [])]).toEqual(Object.entries(json().files));
  });

  it('is none without a manifest of ours', async () => {
    for (const text of ['', '{}', '{"name":"an app","icons":[]}', '<html>']) expect(await list(text)).toBeNull();
    expect(await listFromManifest(() => Promise.reject(notInFolder('manifest.json', '404')))).toBeNull();
  });

  it('is not given up for a manifest that cannot be had', async () => {
    await expect(listFromManifest(() => Promise.reject(damaged('manifest.json', 'short')))).rejects.toThrow('did not arrive');
  });
});
