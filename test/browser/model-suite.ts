// What every device must do with a model: the same checks run on WASM and on WebGPU.
import { describe, expect, it } from 'vitest';
import { EngineFault, type ErrorCode } from '../../src/errors';
import type { Candidate, Context, Prompt, Reading, Row } from '../../src/model/latent-model';
import type { OnnxModel } from '../../models/model/onnx-model';
import type { LoadedOnnx } from '../onnx';
import { itGenerates } from './generation-suite';
import { rampImage, waveRows } from './helpers';
import { relativeError } from './numbers';

const go = { aborted: false };

const QUESTION = 'What colour is the circle left of the star?';
const promptOf = (question: string): Prompt => ({
  system: 'You are a helpful assistant.',
  user: [{ kind: 'image' }, { kind: 'text', text: question, role: 'question' }],
});
const PROMPT = promptOf(QUESTION);

const tokenRows = (ids: Iterable<number>): Row[] => Array.from(ids, (id) => ({ kind: 'token', id }));
const every = (rows: readonly Row[]): number[] => rows.map((_, row) => row);
/** A candidate all of whose rows are read. */
const whole = (rows: readonly Row[]): Candidate => ({ rows, logitRows: every(rows), attentionRows: every(rows) });
const READ = ['topLogits', 'logSumExp', 'entropy', 'attention', 'hidden'] as const;

async function codeOf(work: Promise<unknown>): Promise<ErrorCode | 'nothing thrown'> {
  try {
    await work;
    return 'nothing thrown';
  } catch (error) {
    if (error instanceof EngineFault) return error.value.code;
    throw error;
  }
}

export function describeModel(name: string, load: () => Promise<LoadedOnnx>): void {
  describe(`model: ${name}`, () => {
    const withContext = async (work: (model: OnnxModel, context: Context) => Promise<void>): Promise<void> => {
      const { model, trusted } = await load();
      const before = trusted.runtime.liveTensors;
      const open = model.counts().contexts;
      const context = await model.prefill(PROMPT, rampImage(model), go);
      try {
        await work(model, context);
      } finally {
        context.release();
      }
      expect(trusted.runtime.liveTensors).toBe(before);
      expect(model.counts().contexts).toBe(open);
    };
    const closingOf = (context: Context): readonly Row[] => context.closing.rows;

    it('reads a prompt once and finds in it what a full read finds', async () => {
      await withContext(async (model, context) => {
        const rows = closingOf(context);
        const want = { topK: 10, hidden: true };
        const [short] = await model.forward(context, [whole(rows)], want, go);
        // The same rows read together with the question, after a shorter prompt.
        const early = await model.prefill(promptOf(''), rampImage(model), go);
        try {
          const head = tokenRows(model.encode(QUESTION));
          const shifted = every(rows).map((row) => row + head.length);
          const candidate = { rows: [...head, ...rows], logitRows: shifted, attentionRows: shifted };
          const [long] = await model.forward(early, [candidate], want, go);
          expect(early.length + head.length).toBe(context.length);
          expect([...long.topIds]).toEqual([...short.topIds]);
          for (const part of READ) expect(relativeError(short[part], long[part]), part).toBeLessThan(1e-4);
        } finally {
          early.release();
        }
      });
    });

    it('leaves the context as it was, however often it is continued', async () => {
      await withContext(async (model, context) => {
        const rows = waveRows(model, 5);
        const read = (candidate: readonly Row[]) =>
          model.forward(context, [{ rows: candidate, logitRows: [4], attentionRows: [0] }], { topK: 5 }, go);
        const [first] = await read(rows);
        const [different] = await read(waveRows(model, 5, 9));
        const [again] = await read(rows);
        expect(again).toEqual(first);
        expect(relativeError(first.topLogits, different.topLogits)).toBeGreaterThan(1e-3);
      });
    });

    it('reads candidates together as it reads them apart, in fewer passes where it packs', async () => {
      await withContext(async (model, context) => {
        const candidates = [5, 3, 8, 1].map((length, seed): Candidate => ({
          rows: waveRows(model, length, seed),
          logitRows: [length - 1, 0],
          // Not every candidate's attention is read.
          attentionRows: seed % 2 === 0 ? [0] : [],
        }));
        const want = { topK: 10, hidden: true };
        const before = model.counts();
        const together = await model.forward(context, candidates, want, go);
        const after = model.counts();
        expect(after.passes - before.passes).toBe(model.info.packs ? 1 : candidates.length);
        expect(after.candidates - before.candidates).toBe(candidates.length);
        for (const [index, candidate] of candidates.entries()) {
          const [apart] = await model.forward(context, [candidate], want, go);
          for (const part of READ) expect(relativeError(apart[part], together[index][part]), `${index}: ${part}`).toBeLessThan(1e-5);
          expect([...together[index].topIds]).toEqual([...apart.topIds]);
        }
        expect(await model.forward(context, [], want, go)).toEqual([]);
      });
    });

    it('tells attention over all rows, of which that over the image is a part, for candidates together as apart', async () => {
      await withContext(async (model, context) => {
        const image = context.image as NonNullable<typeof context.image>;
        const candidates = [4, 2].map((length, seed): Candidate => ({
          ...whole(waveRows(model, length, seed)),
          attentionRows: [0, length - 1],
        }));
        const together = await model.forward(context, candidates, { topK: 1, keys: 'all' }, go);
        const overImage = await model.forward(context, candidates, { topK: 1 }, go);
        for (const [index, candidate] of candidates.entries()) {
          const keys = context.length + candidate.rows.length;
          const [apart] = await model.forward(context, [candidate], { topK: 1, keys: 'all' }, go);
          const { attention } = together[index];
          expect(attention).toHaveLength(2 * keys);
          expect(relativeError(apart.attention, attention)).toBeLessThan(1e-5);
          for (const row of [0, 1]) {
            const own = attention.subarray(row * keys, (row + 1) * keys);
            expect(own.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 4);
            const seen = overImage[index].attention.subarray(row * image.length, (row + 1) * image.length);
            expect(relativeError(seen, own.subarray(image.start, image.start + image.length))).toBeLessThan(1e-5);
          }
          // The first row sees itself and none of the rows after it.
          expect(attention[context.length]).toBeGreaterThan(0);
          expect(Math.max(...attention.subarray(context.length + 1, keys))).toBeLessThan(1e-6);
        }
      });
    });

    it('keeps what it is told to keep: a longer context, and the shorter one as it was', async () => {
      await withContext(async (model, context) => {
        const [first, second] = [waveRows(model, 3), waveRows(model, 2, 5)];
        const want = { topK: 5, hidden: true };
        const [alone] = await model.forward(context, [whole(second)], want, go);
        const { reading, context: longer } = await model.advance(context, { rows: first, logitRows: [2] }, want, go);
        const branch = longer.branch();
        longer.release();
        expect(branch.length).toBe(context.length + 3);
        expect(branch.appended).toEqual(first);
        const [kept] = await model.forward(branch, [whole(second)], want, go);
        const rows = [...first, ...second];
        const [atOnce] = await model.forward(context, [{ rows, logitRows: [2, 3, 4], attentionRows: [3, 4] }], want, go);
        const hidden = model.info.hiddenSize;
        expect(relativeError(atOnce.hidden.subarray(0, hidden), reading.hidden)).toBeLessThan(1e-4);
        expect(relativeError(atOnce.hidden.subarray(hidden), kept.hidden)).toBeLessThan(1e-4);
        expect(relativeError(atOnce.attention, kept.attention)).toBeLessThan(1e-4);
        expect(relativeError(kept.hidden, alone.hidden)).toBeGreaterThan(1e-3);
        expect(await model.forward(context, [whole(second)], want, go)).toEqual([alone]);
        branch.release();
        expect(await codeOf(model.forward(branch, [whole(second)], want, go))).toBe('INTERNAL');
        expect(() => branch.branch()).toThrow(EngineFault);
      });
    });

    it('encodes a picture once, and reads again only what differs in another prompt of it', async () => {
      const { model } = await load();
      const image = rampImage(model);
      const before = model.counts();
      const first = await model.prefill(PROMPT, image, go);
      const rows = model.counts().rows - before.rows;
      const second = await model.prefill(promptOf('How many stars?'), image, go);
      const after = model.counts();
      expect(after.visionPasses - before.visionPasses).toBe(1);
      // The picture's rows and those before it were shared.
      expect(after.rows - before.rows - rows).toBeLessThanOrEqual(second.length - (second.image?.length ?? 0));
      const fresh = await model.prefill(promptOf('How many stars?'), rampImage(model), go);
      const candidate = whole(second.closing.rows);
      const [shared] = await model.forward(second, [candidate], { topK: 10, hidden: true }, go);
      const [alone] = await model.forward(fresh, [candidate], { topK: 10, hidden: true }, go);
      for (const part of READ) expect(relativeError(alone[part], shared[part]), part).toBeLessThan(1e-4);
      // What was shared outlives its first holder.
      first.release();
      expect(await model.forward(second, [candidate], { topK: 10, hidden: true }, go)).toEqual([shared]);
      second.release();
      fresh.release();
    });

    it('resolves rows: tokens as their embeddings, image tokens as features, positions next or original', async () => {
      await withContext(async (model, context) => {
        const ids = model.encode('star');
        const embeddings = await model.embed(ids);
        const hidden = model.info.hiddenSize;
        const vectors = Array.from(ids, (_, i): Row => ({ kind: 'vector', data: embeddings.subarray(i * hidden, (i + 1) * hidden) }));
        const patch = (position: 'next' | 'original'): Row => ({ kind: 'image', index: 3, position });
        const features = context.image?.features.subarray(3 * hidden, 4 * hidden) ?? new Float32Array();
        const read = async (rows: readonly Row[]) => (await model.forward(context, [whole(rows)], { topK: 3, hidden: true }, go))[0].hidden;
        expect(await read(tokenRows(ids))).toEqual(await read(vectors));
        const next = await read([patch('next'), ...vectors]);
        expect(next).toEqual(await read([{ kind: 'vector', data: features }, ...vectors]));
        expect(relativeError(next, await read([patch('original'), ...vectors]))).toBeGreaterThan(1e-4);
      });
    });

    it('gives attention that is a share of one, whose mean over layers and heads is the mean it gives', async () => {
      await withContext(async (model, context) => {
        const rows = closingOf(context);
        const k = Math.min(64, model.info.vocabularySize);
        const candidate = { rows, logitRows: every(rows), attentionRows: [0, 1] };
        const [reading]: Reading[] = await model.forward(context, [candidate], { topK: k }, go);
        const [apart] = await model.forward(context, [candidate], { topK: 1, attention: 'heads' }, go);
        const tokens = context.image?.length ?? 0;
        const planes = model.info.layers * model.info.heads;
        expect(reading.attention.length).toBe(2 * tokens);
        expect(apart.attention.length).toBe(planes * 2 * tokens);
        const mean = Float64Array.from({ length: 2 * tokens }, (_, at) => {
          let sum = 0;
          for (let plane = 0; plane < planes; plane += 1) sum += apart.attention[plane * 2 * tokens + at];
          return sum / planes;
        });
        expect(relativeError(mean, reading.attention)).toBeLessThan(1e-5);
        for (const row of [0, 1]) {
          const share = reading.attention.subarray(row * tokens, (row + 1) * tokens).reduce((a, b) => a + b, 0);
          expect(share).toBeGreaterThan(0);
          expect(share).toBeLessThan(1);
        }
        for (let row = 0; row < rows.length; row += 1) {
          const top = reading.topLogits.subarray(row * k, (row + 1) * k);
          expect(new Set(reading.topIds.subarray(row * k, (row + 1) * k)).size).toBe(k);
          expect([...top]).toEqual([...top].sort((a, b) => b - a));
          const mass = top.reduce((sum, logit) => sum + Math.exp(logit - reading.logSumExp[row]), 0);
          expect(mass).toBeLessThan(1.0001);
          expect(reading.entropy[row]).toBeGreaterThan(0);
          expect(reading.entropy[row]).toBeLessThan(Math.log(model.info.vocabularySize));
        }
      });
    });

    itGenerates(withContext);

    it('stops before the next pass when the signal is aborted, and gives everything back', async () => {
      await withContext(async (model, context) => {
        const rows = closingOf(context);
        const signal = { aborted: false };
        const tokens = (async () => {
          for await (const token of model.generate(context, rows, { maxNewTokens: 100 }, signal))
            if (token.index === 1) signal.aborted = true;
        })();
        expect(await codeOf(tokens)).toBe('CANCELLED');
        const { passes } = model.counts();
        expect(await codeOf(model.forward(context, [{ rows, logitRows: [0] }], { topK: 1 }, signal))).toBe('CANCELLED');
        expect(await codeOf(model.advance(context, { rows, logitRows: [0] }, { topK: 1 }, signal))).toBe('CANCELLED');
        expect(await codeOf(model.score(context, rows, Uint32Array.of(1, 2), signal))).toBe('CANCELLED');
        expect(model.counts().passes).toBe(passes);
      });
    });

    it('refuses what it cannot read, in words', async () => {
      await withContext(async (model, context) => {
        const rows = closingOf(context);
        const read = (candidate: Candidate, topK = 1) => codeOf(model.forward(context, [candidate], { topK }, go));
        expect(await read({ rows, logitRows: [rows.length] })).toBe('BAD_INPUT');
        expect(await read({ rows, logitRows: [] })).toBe('BAD_INPUT');
        expect(await read({ rows: [], logitRows: [0] })).toBe('BAD_INPUT');
        expect(await read({ rows, logitRows: [0] }, 65)).toBe('BAD_INPUT');
        expect(await read({ rows: [{ kind: 'vector', data: new Float32Array(3) }], logitRows: [0] })).toBe('BAD_INPUT');
        expect(await read({ rows: [{ kind: 'image', index: 9999, position: 'next' }], logitRows: [0] })).toBe('BAD_INPUT');
        expect(await codeOf(model.embed(Uint32Array.of(model.info.vocabularySize)))).toBe('BAD_INPUT');
        expect(await codeOf(model.prefill(PROMPT, null, go))).toBe('BAD_INPUT');
        const text: Prompt = { system: '', user: [{ kind: 'text', text: 'one two '.repeat(3000), role: 'question' }] };
        expect(await codeOf(model.prefill(text, null, go))).toBe('BAD_INPUT');
        const room = model.info.maxLength - context.length;
        const full = tokenRows(new Uint32Array(room).fill(model.info.thinkToken.id));
        expect(await codeOf(model.generate(context, full, { maxNewTokens: 1 }, go).next())).toBe('BAD_INPUT');
        expect(await read({ rows: [...full, ...rows], logitRows: [0] })).toBe('BAD_INPUT');
        const poisoned: Row[] = [{ kind: 'vector', data: new Float32Array(model.info.hiddenSize).fill(NaN) }];
        expect(await read({ rows: poisoned, logitRows: [0] })).toBe('WRONG_NUMBERS');
        const gone = await model.prefill(PROMPT, rampImage(model), go);
        gone.release();
        gone.release();
        expect(await codeOf(model.forward(gone, [{ rows, logitRows: [0] }], { topK: 1 }, go))).toBe('INTERNAL');
      });
    });

    it('takes special tokens only where it is told to', async () => {
      const { model } = await load();
      expect(model.encode('<|im_end|>', true).length).toBe(1);
      expect(model.encode('<|im_end|>').length).toBeGreaterThan(1);
      expect(model.encode('').length).toBe(0);
      const arabic = model.encode('ما لون الدائرة؟ 🟥');
      expect([...arabic].every((id) => id < model.info.vocabularySize)).toBe(true);
    });
  });
}
