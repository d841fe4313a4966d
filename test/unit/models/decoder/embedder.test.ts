// Embedding tables that are not the config's: found in the graph, before a session is made of it.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { EngineFault } from '../../../../src/errors';
import { Embedder } from '../../../../models/decoder/embedder';
import { parseConfig } from '../../../../models/families/qwen-vl/config';
import type { Runtime } from '../../../../models/runtime/runtime';

const ROOT = new URL('../../../fixtures/exports/', import.meta.url);

/** What is said of a fixture's embeddings with a vocabulary of so many tokens; null when a session would be made. */
async function refusal(path: string, vocabularySize: number): Promise<string | null> {
  const bytes = new Uint8Array(readFileSync(new URL(path, ROOT)));
  const json: unknown = JSON.parse(readFileSync(new URL('gqa-qwen2_5-vl-untied/config.json', ROOT), 'utf8'));
  const config = { ...parseConfig({ 'config.json': json }), vocabularySize };
  const runtime = { create: () => Promise.resolve({}) } as unknown as Runtime;
  try {
    await Embedder.open(runtime, config, { name: 'onnx/embed_tokens.onnx', bytes, data: [] });
    return null;
  } catch (error) {
    expect((error as EngineFault).value.code).toBe('BAD_MODEL');
    return (error as EngineFault).value.message;
  }
}

test.each([
  'explicit-qwen2-vl/onnx/embed_tokens.onnx',
  'gqa-qwen2-vl/onnx/embed_tokens_q4.onnx',
  'gqa-qwen2_5-vl-untied/onnx/embed_tokens.onnx',
])('%s is refused for a vocabulary it has no rows for, and taken for a smaller one', async (path) => {
  expect(await refusal(path, 769)).toBe(
    "onnx/embed_tokens.onnx does not belong to this config.json: its table has 768 rows, the config's vocab_size is 769.",
  );
  expect(await refusal(path, 768)).toBeNull();
});
