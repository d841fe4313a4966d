// Interleaved latent steps on the embedded model: exact without reading anything twice, and what a run reads beside the released code's five passes.
import { afterAll, describe, expect, it } from 'vitest';
import { ivtlrDetail } from '../../src/methods/ivtlr/detail';
import { interleave } from '../../src/methods/ivtlr/interleave';
import { ivtlr } from '../../src/methods/ivtlr/ivtlr';
import type { LatentPlan } from '../../src/methods/ivtlr/plan';
import { createRandom } from '../../src/math/random';
import type { Context, Row } from '../../src/model/latent-model';
import { fillPrompt, PROMPT_FORMS } from '../../src/prompt/forms';
import { runPipeline } from '../../src/run/pipeline';
import type { KeptContext } from '../../models/model/kept-context';
import { decodeImage } from '../../workers/decode-image';
import { drawPicture, embeddedModel, rampImage } from './helpers';
import { relativeError } from './numbers';
import type { OnnxModel } from '../../models/model/onnx-model';

const go = { aborted: false };
const load = embeddedModel('wasm', 'fp32');
afterAll(async () => (await load()).close());

const PLAN = { steps: 3, patches: 6, reuse: 'never', text: true, vision: true, choice: 'attention' } as const;

/** Nine rows each. */
const LOOKS = 18;

/** All rows of a sequence read in one pass from nothing; every row has its number as its position. */
async function readAfresh(model: OnnxModel, context: Context, rows: readonly Row[], asked: readonly number[]) {
  const { hiddenSize } = model.info;
  const { ids } = (context as KeptContext).facts;
  const image = context.image as NonNullable<Context['image']>;
  const prompt = await model.embed(ids);
  prompt.set(image.features, image.start * hiddenSize);
  const embeddings = new Float32Array((ids.length + rows.length) * hiddenSize);
  embeddings.set(prompt);
  for (const [index, row] of rows.entries()) {
    const at = (ids.length + index) * hiddenSize;
    if (row.kind === 'vector') embeddings.set(row.data, at);
    else if (row.kind === 'token') embeddings.set(await model.embed(Uint32Array.of(row.id)), at);
    else embeddings.set(image.features.subarray(row.index * hiddenSize, (row.index + 1) * hiddenSize), at);
  }
  const length = ids.length + rows.length;
  return model.decoder.run({
    rows: length,
    embeddings,
    positions: Int32Array.from({ length: 3 * length }, (_, index) => index % length),
    past: null,
    logitRows: asked.map((row) => ids.length + row),
    topK: 10,
    hidden: true,
    attention: { rows: asked.map((row) => ids.length + row), start: 0, end: length },
  });
}

describe('latent steps', () => {
  it.each(['release', 'paper'] as const)(
    'order %s: all they read and what is decoded after them is that of one fresh pass over the whole sequence',
    async (order) => {
      const { model } = await load();
      const plan: LatentPlan = { ...PLAN, order, positions: 'sequence' };
      const prompt = {
        ...fillPrompt(PROMPT_FORMS.cot, 'What colour is the circle?', 0),
        reading: { positions: 'sequence', image: 'features' },
      } as const;
      const context = await model.prefill(prompt, rampImage(model), go);
      const parts: { readonly hidden: Float32Array; readonly attention: Float32Array; readonly rows: readonly Row[] }[] = [];
      const steps = interleave(
        model,
        context,
        plan,
        () => createRandom(1),
        go,
        (part) => parts.push(part),
      );
      let next = await steps.next();
      while (!next.done) next = await steps.next();
      const end = next.value;
      const closing = context.closing.rows;
      const rows = [...closing, ...parts.flatMap((part) => part.rows)];
      const asked = [0, 1, 2, 3].map((step) => closing.length + 7 * step - 1);
      const fresh = await readAfresh(model, context, rows, asked);
      const { hiddenSize } = model.info;
      const image = context.image as NonNullable<Context['image']>;
      const width = context.length + rows.length;
      for (const [step, { hidden, attention }] of parts.entries()) {
        expect(relativeError(fresh.hidden.subarray(step * hiddenSize, (step + 1) * hiddenSize), hidden)).toBeLessThan(1e-4);
        const over = fresh.attention.subarray(step * width + image.start, step * width + image.start + image.length);
        expect(relativeError(over, attention)).toBeLessThan(1e-4);
      }
      const [after] = await model.forward(end.context, [{ rows: end.rows, logitRows: [end.rows.length - 1] }], { topK: 10 }, go);
      expect([...after.topIds]).toEqual([...fresh.facts.topIds.subarray(30, 40)]);
      expect(relativeError(fresh.facts.topLogits.subarray(30, 40), after.topLogits)).toBeLessThan(1e-4);
      expect(relativeError([fresh.facts.logSumExp[3]], after.logSumExp)).toBeLessThan(1e-4);
      for await (const { id } of model.generate(end.context, end.rows, { maxNewTokens: 1 }, go)) expect(id).toBe(fresh.facts.topIds[30]);
      end.context.release();
      context.release();
      expect(model.counts().contexts).toBe(0);
    },
  );

  it('read at least four times fewer rows than five passes over the growing sequence, at 300 rows of prompt', async () => {
    const { model } = await load();
    const bytes = await drawPicture(448, 448);
    const settings = { latentSteps: 3, patches: 32, maxNewTokens: 8, dependence: false };
    const decoded = await decodeImage({ bytes, name: 'drawn.png' });
    const events = runPipeline({
      runId: 'rows',
      method: ivtlr,
      // The embedded model sees at most 100 image tokens, as the released code does; words make up the rest.
      question: 'Look at the circle. '.repeat(LOOKS) + 'What colour is the circle?',
      settings,
      model,
      device: { kind: 'wasm', description: 'test', software: true },
      prepare: (own, bounds) => ({ image: own.prepareImage(decoded, bounds), preview: 'data:image/png;base64,iVBORw0KGgo=' }),
      signal: go,
      now: () => 0,
      startedAt: '2026-01-01T00:00:00.000Z',
    });
    const lengths: number[] = [];
    let tokens = 0;
    let rows = 0;
    let passes = 0;
    for await (const event of events) {
      if (event.type === 'step') lengths.push(ivtlrDetail(event)?.rows ?? 0);
      if (event.type === 'token') tokens += 1;
      if (event.type === 'finished') ({ rows, passes } = event.totals);
    }
    expect(lengths[0]).toBeGreaterThanOrEqual(285);
    expect(lengths[0]).toBeLessThanOrEqual(315);
    // The released code reads the sequence afresh for every hidden state, once more for the answer, and again to fill its cache.
    const [first, second, third, whole] = lengths;
    const released = first + second + third + whole + whole + tokens - 1;
    console.info(`rows read: ${rows} in ${passes} passes, as released ${released}: ${(released / rows).toFixed(2)} times fewer`);
    expect(rows).toBe(whole + tokens - 1);
    expect(passes).toBe(1 + 3 + tokens);
    expect(released / rows).toBeGreaterThanOrEqual(4);
  });
});
