// Holds a device to the golden numbers: features, readings, rewards, scores, answers and whole DMLR runs.
import { beforeAll, describe, expect, it } from 'vitest';
import { startingLatents, dmlr } from '../../src/methods/dmlr/dmlr';
import { layoutRows, scoredRows } from '../../src/methods/dmlr/layout';
import { rewardOf } from '../../src/methods/dmlr/reward';
import { buildSuffix, tailEmbeddings } from '../../src/methods/dmlr/suffix';
import { prepareImage, type PreparedImage } from '../../models/families/qwen-vl/prepare-image';
import type { Prefix } from '../../src/model/latent-model';
import { buildPrompt, type PromptForm } from '../../src/prompt/build';
import type { StepEvent } from '../../src/events/events';
import { DEFAULT_SETTINGS, parseSettings } from '../../src/settings/schema';
import type { LoadedModel } from '../../models/load/load-model';
import type { QwenModel } from '../../models/families/qwen-vl/model';
import { relativeError } from '../browser/numbers';
import {
  floats,
  golden,
  picture,
  type AnswersFile,
  type DependenceFile,
  type FeaturesFile,
  type ImagesFile,
  type ReadingsFile,
  type RunsFile,
} from './fixtures';

const go = { aborted: false };

export interface ParityOptions {
  /** Which golden files: `fp32` are PyTorch's, `q4` are ONNX Runtime's on the same 4-bit graphs. */
  readonly numbers: 'fp32' | 'q4';
  readonly load: () => Promise<LoadedModel>;
  /** Largest error of tensors, relative to their largest value. */
  readonly tolerance: number;
  /** Only these DMLR runs; all when absent. */
  readonly runs?: readonly string[];
}

export function describeParity(name: string, { numbers, load, tolerance, runs }: ParityOptions): void {
  describe(`parity: ${name}`, () => {
    let model: QwenModel;
    beforeAll(async () => {
      model = (await load()).model;
    }, 600_000);

    /** A golden picture, prepared under the bounds it was written with. */
    const prepared = async (which: string): Promise<PreparedImage> => {
      const { pictures } = await golden<ImagesFile>('images');
      const found = pictures.find((item) => item.name === which) as ImagesFile['pictures'][number];
      const { minPixels, maxPixels } = found;
      return prepareImage(
        await picture(found.source),
        { ...model.info.vision, minPixels, maxPixels },
        { ...DEFAULT_SETTINGS, minPixels, maxPixels },
      );
    };
    const open = async (form: PromptForm, question: string, image: PreparedImage, think = 4): Promise<Prefix> =>
      model.read(buildPrompt(form, question, think), image.input, go);
    const suffixOf = async (
      prefix: Prefix,
      latents: Float32Array,
      patches: readonly (readonly number[])[],
      layout: ReadingsFile['cases'][number]['layout'],
    ) => {
      const rows = layoutRows(layout, patches);
      const { hiddenSize } = model.info;
      return {
        rows,
        suffix: buildSuffix(prefix, { rows, latents, tail: await tailEmbeddings(model), hiddenSize, patchPositions: 'sequential' }),
      };
    };

    it('gives the same image features and embedding scale', async () => {
      const file = await golden<FeaturesFile>(`features-${numbers}`);
      expect(model.info.embeddingStd).toBeCloseTo(file.embeddingStd, 6);
      for (const [which, features] of Object.entries(file.features)) {
        const prefix = await model.read([{ kind: 'image', role: 'image' }], (await prepared(which)).input, go);
        expect(relativeError(floats(features), prefix.image?.features ?? []), which).toBeLessThan(tolerance);
        prefix.release();
      }
    });

    it('gives the same logits, entropies, hidden states, attention and rewards', async () => {
      const file = await golden<ReadingsFile>(`readings-${numbers}`);
      const prefix = await open('latent', file.question, await prepared(file.picture));
      expect(prefix.length).toBe(file.prefixLength);
      let latents = new Float32Array();
      for (const golden of file.cases) {
        if (golden.latents) latents = new Float32Array(floats(golden.latents));
        const { rows, suffix } = await suffixOf(prefix, latents, golden.patches, golden.layout);
        const length = suffix.length;
        expect(
          [0, 1, 2].map((axis) => [...suffix.positions.subarray(axis * length, (axis + 1) * length)]),
          golden.name,
        ).toEqual(golden.positions);
        const want = { logitRows: golden.rows, attentionRows: golden.latentRows, topK: file.topK, hidden: true };
        const [reading] = await model.extend(prefix, [suffix], want, go);
        for (const part of ['topLogits', 'logSumExp', 'entropy', 'attention', 'hidden'] as const) {
          const expected = golden[part];
          if (expected) expect(relativeError(floats(expected), reading[part]), `${golden.name}: ${part}`).toBeLessThan(tolerance);
        }
        for (const expected of golden.rewards) {
          expect(scoredRows(expected.scoredRows, golden.layout, rows)).toEqual(expected.rows);
          const [scored] = await model.extend(prefix, [suffix], { logitRows: expected.rows, topK: 10 }, go);
          expect(rewardOf(scored, expected.rewardForm, 10), `${golden.name}: ${expected.scoredRows}, ${expected.rewardForm}`).toBeCloseTo(
            expected.reward,
            3,
          );
        }
      }
      prefix.release();
    });

    it('gives the same log-probabilities with the picture and with noise in its place', async () => {
      const file = await golden<DependenceFile>(`dependence-${numbers}`);
      const image = await prepared(file.picture);
      const noise = floats(file.noise);
      const size = 3 * image.input.width * image.input.height;
      const inputs = [
        image.input,
        ...file.withNoise.map((_, draw) => image.noised(noise.subarray(draw * size, (draw + 1) * size), file.strength)),
      ];
      for (const [index, expected] of [file.withImage, ...file.withNoise].entries()) {
        const prefix = await model.read(buildPrompt('latent', file.question, 4), inputs[index], go);
        const { suffix } = await suffixOf(prefix, await startingLatents(model, 4), file.patches, 'after-each');
        const scored = await model.score(prefix, suffix, Uint32Array.from(file.ids), go);
        expect(relativeError(expected, scored), `draw ${index}`).toBeLessThan(tolerance);
        prefix.release();
      }
    });

    it('gives the same answers, token by token', async () => {
      const file = await golden<AnswersFile>(`answers-${numbers}`);
      const pictures = (await golden<AnswersFile>('answers-fp32')).cases.map((item) => item.picture);
      for (const [index, item] of file.cases.slice(0, 3).entries()) {
        const source = await picture(pictures[index] as NonNullable<(typeof pictures)[number]>);
        const image = prepareImage(
          source,
          { ...model.info.vision, minPixels: 1, maxPixels: 1e6 },
          { ...DEFAULT_SETTINGS, minPixels: 1, maxPixels: 1e6 },
        );
        for (const form of ['direct', 'cot', 'latent'] as const) {
          const prefix = await open(form, item.question, image, file.think);
          const latents = form === 'latent' ? file.think : 0;
          const { suffix } = await suffixOf(
            prefix,
            await startingLatents(model, latents),
            Array.from({ length: latents }, () => []),
            'after-each',
          );
          const expected = item.answers[form];
          const ids: number[] = [];
          const logprobs: number[] = [];
          let text = '';
          for await (const token of model.decode(prefix, suffix, { maxNewTokens: expected.ids.length }, go)) {
            ids.push(token.id);
            logprobs.push(token.logprob);
            text += token.text;
          }
          expect(ids, `${form}: ${item.question}`).toEqual(expected.ids);
          // Absolute: a sure token's log-probability is nearly 0, where a relative error means nothing.
          const off = floats(expected.logprobs).map((value, at) => Math.abs(value - (logprobs[at] ?? NaN)));
          expect(Math.max(...off)).toBeLessThan(tolerance);
          if (!expected.text.includes('\uFFFD')) expect(text).toBe(expected.text);
          prefix.release();
        }
      }
    });

    it('runs DMLR along the same path: rewards within 1e-3 at every step, the same patches, the same answer', async () => {
      const file = await golden<RunsFile>(`dmlr-${numbers}`);
      const prefix = await open('latent', file.question, await prepared(file.picture));
      for (const [which, expected] of Object.entries(file.runs)) {
        if (runs && !runs.includes(which)) continue;
        const settings = parseSettings({ ...expected.settings, measureUnperturbed: true });
        const perStep = settings.latents * model.info.hiddenSize;
        const noise = floats(expected.noise);
        const optimiser = dmlr(model, prefix, settings, {
          signal: go,
          now: () => 0,
          noise: (step) => noise.slice((step - 1) * perStep, step * perStep),
        });
        const steps: StepEvent[] = [];
        let next = await optimiser.next();
        for (; !next.done; next = await optimiser.next()) steps.push(next.value);
        const [start, ...rest] = steps;
        const where = (what: string, step: number): string => `${which}, step ${step}: ${what}`;
        expect(start.latents.map(({ patches }) => patches)).toEqual(expected.initialPatches);
        expect(Math.abs(start.reward - expected.initialReward)).toBeLessThan(1e-3);
        expect(rest.length).toBe(expected.steps.length);
        for (const [index, golden] of expected.steps.entries()) {
          const step = rest[index];
          expect(Math.abs(step.reward - golden.reward), where('reward', golden.step)).toBeLessThan(1e-3);
          expect(Math.abs(step.bestReward - golden.bestReward), where('best reward', golden.step)).toBeLessThan(1e-3);
          expect(Math.abs((step.unperturbedReward as number) - golden.unperturbed), where('unperturbed', golden.step)).toBeLessThan(1e-3);
          expect(
            step.candidates.map(({ latent, patches, accepted }) => ({ latent, patches, accepted })),
            where('candidates', golden.step),
          ).toEqual(golden.candidates.map(({ latent, patches, accepted }) => ({ latent, patches, accepted })));
          expect(
            step.latents.map(({ patches }) => patches),
            where('patches', golden.step),
          ).toEqual(golden.patches);
          expect(
            relativeError(
              floats(golden.attention),
              step.latents.flatMap(({ attention }) => attention),
            ),
            where('attention', golden.step),
          ).toBeLessThan(10 * tolerance);
          expect(step.driftFromStart).toBeCloseTo(golden.driftFromStart, 4);
        }
        const result = next.value;
        expect(result.bestStep).toBe(expected.bestStep);
        expect(result.patches).toEqual(expected.bestPatches);
        expect(relativeError(floats(expected.bestLatents), result.latents)).toBeLessThan(10 * tolerance);
        const { suffix } = await suffixOf(prefix, result.latents, result.patches, settings.layout);
        if (settings.patchPositions === 'sequential') {
          const ids: number[] = [];
          for await (const token of model.decode(prefix, suffix, { maxNewTokens: expected.answer.length }, go)) ids.push(token.id);
          expect(ids, `${which}: answer`).toEqual(expected.answer);
        }
      }
      prefix.release();
    });
  });
}
