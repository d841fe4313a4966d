// Holds a device and an export to the golden numbers of interleaved latent steps: picks, hidden states, attention, logits and answers.
import { beforeAll, describe, expect, it } from 'vitest';
import { SHARED_KINDS } from '../../src/events/kinds';
import { interleave, type LatentPart } from '../../src/methods/ivtlr/interleave';
import { ivtlr } from '../../src/methods/ivtlr/ivtlr';
import { latentPlan } from '../../src/methods/ivtlr/plan';
import type { ModelImage } from '../../src/model/latent-model';
import { fillPrompt } from '../../src/prompt/forms';
import type { OnnxModel } from '../../models/model/onnx-model';
import { relativeError } from '../browser/numbers';
import type { LoadedOnnx } from '../onnx';
import { floats, golden, picture, type ImagesFile, type InterleavedFile } from './fixtures';

const go = { aborted: false };
const noRandom = (): never => {
  throw new Error('a choice by attention draws nothing');
};

export interface InterleavedOptions {
  /** The golden file: a model's folder and the dtype. */
  readonly numbers: string;
  readonly load: () => Promise<LoadedOnnx>;
  /** Largest error of tensors, relative to their largest value. */
  readonly tolerance: number;
  /** Only these runs; all when absent. */
  readonly runs?: readonly string[];
  /** Only the first tokens of the answers; all that the golden file has when absent. */
  readonly tokens?: number;
}

type Run = InterleavedFile['runs'][string];

export function describeInterleaved(name: string, { numbers, load, tolerance, runs, tokens }: InterleavedOptions): void {
  describe(`latent steps: ${name}`, () => {
    let model: OnnxModel;
    beforeAll(async () => {
      model = (await load()).model;
    }, 600_000);

    /** Takes the steps of a run as its settings ask, and compares them; what the golden file does not tell is not looked at. */
    const compare = async (which: string, expected: Run, image: ModelImage, { question, limit, topK }: InterleavedFile): Promise<void> => {
      const settings = ivtlr.space.parse(expected.settings);
      const reading = ivtlr.reading?.(settings, model.info);
      const prompt = { ...fillPrompt(ivtlr.prompt(settings), question, 0), ...(reading ? { reading } : {}) };
      const context = await model.prefill(prompt, image, go);
      const plan = latentPlan(settings, model.info, context);
      expect(plan, which).toEqual({ ...expected.plan, choice: 'attention' });
      expect(context.length + context.closing.rows.length, which).toBe(expected.promptRows);

      const parts: LatentPart[] = [];
      const steps = interleave(model, context, plan, noRandom, go, (part) => part);
      let next = await steps.next();
      for (; !next.done; next = await steps.next()) parts.push(next.value);
      const end = next.value;
      expect(
        parts.map(({ patches }) => patches),
        `${which}: picks`,
      ).toEqual(expected.steps.map(({ picks }) => picks));
      for (const [index, step] of expected.steps.entries()) {
        const where = (what: string): string => `${which}, step ${index + 1}: ${what}`;
        const { hidden, attention, shares } = parts[index];
        expect(step.gap ?? 1, where('a golden pick that is no tie')).toBeGreaterThan(1e-6);
        expect(relativeError(floats(step.hidden), hidden), where('hidden state')).toBeLessThan(tolerance);
        expect(relativeError(floats(step.attention), attention), where('attention')).toBeLessThan(tolerance);
        const { entropy, ...sums } = step.shares;
        const expectedSums: Readonly<Record<string, number>> = { ...sums, answer: 0 };
        expect(
          relativeError(
            SHARED_KINDS.map((kind) => expectedSums[kind]),
            SHARED_KINDS.map((kind) => shares[kind].sum),
          ),
          where('shares'),
        ).toBeLessThan(tolerance);
        expect(relativeError([entropy], [shares.entropy]), where('entropy of the attention')).toBeLessThan(tolerance);
      }

      const last = end.rows.length - 1;
      expect(end.context.length + end.rows.length, which).toBe(expected.rows);
      const [read] = await model.forward(end.context, [{ rows: end.rows, logitRows: [last] }], { topK }, go);
      expect([...read.topIds].slice(0, 1), which).toEqual(expected.topIds.slice(0, 1));
      expect(relativeError(floats(expected.topLogits), read.topLogits), `${which}: logits`).toBeLessThan(tolerance);
      expect(relativeError([expected.logSumExp], read.logSumExp), `${which}: log-sum-exp`).toBeLessThan(tolerance);

      const answer: number[] = [];
      const maxNewTokens = tokens ?? limit;
      for await (const token of model.generate(end.context, end.rows, { maxNewTokens }, go)) if (!token.ends) answer.push(token.id);
      expect(answer, `${which}: answer`).toEqual(expected.answer.slice(0, maxNewTokens));
      if (end.context !== context) end.context.release();
      context.release();
    };

    it('picks the same image tokens in the same order, from the same hidden states, and gives the same answers', async () => {
      const file = await golden<InterleavedFile>(`interleaved-${numbers}`);
      const source = (await golden<ImagesFile>('images')).pictures.find((item) => item.name === file.picture);
      if (!source) throw new Error(`test/parity/images.json has no picture ${file.picture}`);
      const image = model.prepareImage(await picture(source.source), source);
      const { contexts } = model.counts();
      for (const which of runs ?? Object.keys(file.runs)) await compare(which, file.runs[which], image, file);
      expect(model.counts().contexts).toBe(contexts);
    });
  });
}
