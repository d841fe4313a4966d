// Decoders nobody made for us, instrumented: PyTorch's logits, hidden states and attention, layer by layer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OUTPUTS } from '../../models/graph/ports';
import { Runtime } from '../../models/runtime/runtime';
import { floats } from '../parity/fixtures';
import { bothPasses, ExportFixture } from './exports';
import { relativeError } from './numbers';

/** Folder, type, how near the numbers of its golden file must be. Float16 rounds at 5e-4 wherever it computes. */
const EXPORTS = [
  ['explicit-qwen2-vl', 'fp32', 'fused', 1e-4],
  ['explicit-qwen2-vl-rows', 'fp32', 'fused', 1e-4],
  ['explicit-qwen2-vl-narrow', 'q4', 'fused', 1e-4],
  ['explicit-qwen2-vl-narrow', 'fp16', 'fused', 1e-2],
  ['explicit-qwen2-vl-narrow', 'q4f16', 'fused', 1e-2],
  ['genai-0.12', 'q4', 'fused', 1e-4],
  ['genai-0.12', 'q4', 'plain', 1e-4],
  ['genai-0.18', 'q4', 'fused', 1e-4],
  ['genai-0.18', 'q4', 'plain', 1e-4],
  ['genai-0.18-pruned', 'q4', 'fused', 1e-4],
  ['gqa-qwen2-vl', 'q4', 'fused', 1e-4],
  ['gqa-qwen2_5-vl-untied', 'fp32', 'fused', 1e-4],
] as const;

describe('exports of every layout', () => {
  let runtime: Runtime;
  beforeAll(async () => {
    runtime = await Runtime.open(null);
  });
  afterAll(() => runtime.close());

  it.each(EXPORTS)(
    '%s in %s, %s, gives the numbers of its golden file, before and after a cache',
    async (name, dtype, attention, bound) => {
      const fixture = await ExportFixture.open(name);
      const golden = await fixture.golden(dtype);
      const embeddings = await fixture.embeddings(runtime, golden, dtype);
      const session = await fixture.decoder(runtime, dtype, { attention });
      expect(session.inputNames).not.toContain('num_logits_to_keep');
      const told = await bothPasses(runtime, session, fixture, golden, embeddings);
      for (const pass of ['first', 'second'] as const) {
        for (const [output, part] of [
          ['logits', 'logits'],
          [OUTPUTS.hidden, 'hidden'],
          [OUTPUTS.attention, 'attention'],
        ] as const) {
          expect(told[pass][output].type, `${pass} ${part}`).toBe('float32');
          expect(relativeError(floats(golden[pass][part]), told[pass][output].data as Float32Array), `${pass} ${part}`).toBeLessThan(bound);
        }
      }
      await session.release();
    },
  );
});
