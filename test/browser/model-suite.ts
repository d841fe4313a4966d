// What every device must do with a model: the same checks run on WASM and on WebGPU.
import { describe, expect, it } from 'vitest';
import { EngineFault, type ErrorCode } from '../../src/errors';
import type { Prefix, Prompt, Reading, Suffix } from '../../src/model/latent-model';
import type { LoadedModel } from '../../models/load/load-model';
import type { QwenModel } from '../../models/families/qwen-vl/model';
import { rampImage } from './helpers';
import { relativeError } from './numbers';

const go = { aborted: false };

const PROMPT: Prompt = [
  { kind: 'control', text: '<|im_start|>system\n', role: 'frame' },
  { kind: 'text', text: 'You are a helpful assistant.', role: 'system' },
  { kind: 'control', text: '<|im_end|>\n<|im_start|>user\n<|vision_start|>', role: 'frame' },
  { kind: 'image', role: 'image' },
  { kind: 'control', text: '<|vision_end|>', role: 'frame' },
  { kind: 'text', text: 'What colour is the circle left of the star?', role: 'question' },
];
const TAIL = '<|im_end|>\n<|im_start|>assistant\n';

/** Rows of `text` after a prefix, on consecutive positions. */
async function textSuffix(model: QwenModel, prefix: Prefix, text: string): Promise<Suffix> {
  const embeddings = await model.embed(model.encode(text, true));
  const length = embeddings.length / model.info.hiddenSize;
  return { length, embeddings, positions: Int32Array.from({ length: 3 * length }, (_, i) => prefix.nextPosition + (i % length)) };
}

const rowsOf = (suffix: Suffix): number[] => Array.from({ length: suffix.length }, (_, row) => row);

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | 'nothing thrown'> {
  try {
    await work;
    return 'nothing thrown';
  } catch (error) {
    if (error instanceof EngineFault) return error.value.code;
    throw error;
  }
}

export function describeModel(name: string, load: () => Promise<LoadedModel>): void {
  describe(`model: ${name}`, () => {
    const withPrefix = async (work: (model: QwenModel, prefix: Prefix) => Promise<void>): Promise<void> => {
      const { model, trusted } = await load();
      const before = trusted.runtime.liveTensors;
      const prefix = await model.read(PROMPT, rampImage(model.info.vision), go);
      try {
        await work(model, prefix);
      } finally {
        prefix.release();
      }
      expect(trusted.runtime.liveTensors).toBe(before);
    };

    it('reads a prefix once and finds in it what a full read finds', async () => {
      await withPrefix(async (model, prefix) => {
        const suffix = await textSuffix(model, prefix, TAIL);
        const want = { logitRows: rowsOf(suffix), attentionRows: rowsOf(suffix), topK: 10, hidden: true };
        const [short] = await model.extend(prefix, [suffix], want, go);
        // The same rows read together with half of the question, after a shorter prefix.
        const cut: Prompt = PROMPT.slice(0, -1);
        const question = PROMPT.at(-1) as { text: string };
        const early = await model.read(cut, rampImage(model.info.vision), go);
        try {
          const head = model.encode(question.text);
          const embeddings = new Float32Array([...(await model.embed(head)), ...suffix.embeddings]);
          const length = head.length + suffix.length;
          const positions = Int32Array.from({ length: 3 * length }, (_, i) => early.nextPosition + (i % length));
          const shifted = want.logitRows.map((row) => row + head.length);
          const [long] = await model.extend(
            early,
            [{ length, embeddings, positions }],
            { ...want, logitRows: shifted, attentionRows: shifted },
            go,
          );
          expect(early.length + head.length).toBe(prefix.length);
          expect([...long.topIds]).toEqual([...short.topIds]);
          for (const part of ['topLogits', 'logSumExp', 'entropy', 'attention', 'hidden'] as const) {
            expect(relativeError(short[part], long[part]), part).toBeLessThan(1e-4);
          }
        } finally {
          early.release();
        }
      });
    });

    it('leaves the prefix as it was, however often it is extended', async () => {
      await withPrefix(async (model, prefix) => {
        const suffix = await textSuffix(model, prefix, TAIL);
        const other = { ...suffix, embeddings: suffix.embeddings.map((value) => value * -3) };
        const want = { logitRows: [suffix.length - 1], attentionRows: [0], topK: 5 };
        const [first, different, again] = await model.extend(prefix, [suffix, other, suffix], want, go);
        expect(again).toEqual(first);
        expect(relativeError(first.topLogits, different.topLogits)).toBeGreaterThan(1e-3);
      });
    });

    it('gives attention that is a share of one, and facts that fit together', async () => {
      await withPrefix(async (model, prefix) => {
        const suffix = await textSuffix(model, prefix, TAIL);
        const k = Math.min(64, model.info.vocabularySize);
        const [reading]: Reading[] = await model.extend(
          prefix,
          [suffix],
          { logitRows: rowsOf(suffix), attentionRows: [0, 1], topK: k },
          go,
        );
        const tokens = (prefix.image as NonNullable<Prefix['image']>).length;
        expect(reading.attention.length).toBe(2 * tokens);
        for (const row of [0, 1]) {
          const share = reading.attention.subarray(row * tokens, (row + 1) * tokens).reduce((a, b) => a + b, 0);
          expect(share).toBeGreaterThan(0);
          expect(share).toBeLessThan(1);
        }
        for (let row = 0; row < suffix.length; row += 1) {
          const top = reading.topLogits.subarray(row * k, (row + 1) * k);
          const ids = reading.topIds.subarray(row * k, (row + 1) * k);
          expect(new Set(ids).size).toBe(k);
          expect([...top]).toEqual([...top].sort((a, b) => b - a));
          const mass = top.reduce((sum, logit) => sum + Math.exp(logit - reading.logSumExp[row]), 0);
          expect(mass).toBeLessThan(1.0001);
          expect(reading.entropy[row]).toBeGreaterThan(0);
          expect(reading.entropy[row]).toBeLessThan(Math.log(model.info.vocabularySize));
        }
      });
    });

    it('decodes greedily what extending token by token would choose, and scores it alike', async () => {
      await withPrefix(async (model, prefix) => {
        const suffix = await textSuffix(model, prefix, TAIL);
        const ids: number[] = [];
        const logprobs: number[] = [];
        let text = '';
        for await (const token of model.decode(prefix, suffix, { maxNewTokens: 5 }, go)) {
          expect(token.index).toBe(ids.length);
          expect(token.ends).toBe(model.decoder.config.endTokenIds.has(token.id));
          ids.push(token.id);
          logprobs.push(token.logprob);
          text += token.text;
        }
        expect(ids.length).toBeGreaterThan(0);
        expect(
          ids
            .map((id) => model.tokenText(id))
            .join('')
            .startsWith(text.slice(0, 1)),
        ).toBe(true);
        const scored = await model.score(prefix, suffix, Uint32Array.from(ids), go);
        expect(relativeError(logprobs, scored)).toBeLessThan(1e-3);
        const [after] = await model.extend(prefix, [suffix], { logitRows: [suffix.length - 1], topK: 1 }, go);
        expect(after.topIds[0]).toBe(ids[0]);
        expect(after.topLogits[0] - after.logSumExp[0]).toBeCloseTo(logprobs[0], 3);
      });
    });

    it('stops before the next pass when the signal is aborted, and gives everything back', async () => {
      await withPrefix(async (model, prefix) => {
        const suffix = await textSuffix(model, prefix, TAIL);
        const signal = { aborted: false };
        const tokens = (async () => {
          for await (const token of model.decode(prefix, suffix, { maxNewTokens: 100 }, signal))
            if (token.index === 1) signal.aborted = true;
        })();
        expect(await codeOf(tokens)).toBe('CANCELLED');
        const passes = model.counts().passes;
        expect(await codeOf(model.extend(prefix, [suffix], { logitRows: [0], topK: 1 }, signal))).toBe('CANCELLED');
        expect(await codeOf(model.score(prefix, suffix, Uint32Array.of(1, 2), signal))).toBe('CANCELLED');
        expect(model.counts().passes).toBe(passes);
      });
    });

    it('refuses what it cannot read, in words', async () => {
      await withPrefix(async (model, prefix) => {
        const suffix = await textSuffix(model, prefix, TAIL);
        expect(await codeOf(model.extend(prefix, [suffix], { logitRows: [suffix.length], topK: 1 }, go))).toBe('BAD_INPUT');
        expect(await codeOf(model.extend(prefix, [suffix], { logitRows: [0], topK: 65 }, go))).toBe('BAD_INPUT');
        expect(await codeOf(model.extend(prefix, [{ ...suffix, length: 2 }], { logitRows: [0], topK: 1 }, go))).toBe('BAD_INPUT');
        expect(await codeOf(model.embed(Uint32Array.of(model.info.vocabularySize)))).toBe('BAD_INPUT');
        expect(await codeOf(model.read(PROMPT, null, go))).toBe('BAD_INPUT');
        expect(await codeOf(model.read([{ kind: 'text', text: 'one two '.repeat(3000), role: 'question' }], null, go))).toBe('BAD_INPUT');
        const room = model.decoder.config.maxLength - prefix.length;
        const full = { length: room, embeddings: new Float32Array(room * model.info.hiddenSize), positions: new Int32Array(3 * room) };
        expect(await codeOf(model.decode(prefix, full, { maxNewTokens: 1 }, go).next())).toBe('BAD_INPUT');
        const poisoned = { ...suffix, embeddings: suffix.embeddings.map(() => NaN) };
        expect(await codeOf(model.extend(prefix, [poisoned], { logitRows: [0], topK: 1 }, go))).toBe('WRONG_NUMBERS');
        const gone = await model.read(PROMPT, rampImage(model.info.vision), go);
        gone.release();
        gone.release();
        expect(await codeOf(model.extend(gone, [suffix], { logitRows: [0], topK: 1 }, go))).toBe('INTERNAL');
      });
    });

    it('takes special tokens only from control text', async () => {
      const { model } = await load();
      expect(model.encode('<|im_end|>', true).length).toBe(1);
      expect(model.encode('<|im_end|>').length).toBeGreaterThan(1);
      expect(model.encode('').length).toBe(0);
      const arabic = model.encode('ما لون الدائرة؟ 🟥');
      expect([...arabic].every((id) => id < model.info.vocabularySize)).toBe(true);
    });
  });
}
