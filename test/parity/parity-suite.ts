// Holds a device to the golden numbers: features, readings, rewards, scores, answers and whole DMLR runs.
import { neverReread } from '../fakes/reread';
import { beforeAll, describe, expect, it } from 'vitest';
import { dmlrDetail } from '../../src/methods/dmlr/detail';
import { dmlr } from '../../src/methods/dmlr/dmlr';
import { layoutRows, modelRows, scoredRows } from '../../src/methods/dmlr/layout';
import { optimise } from '../../src/methods/dmlr/optimise';
import { startingRows } from '../../src/methods/dmlr/start';
import { rewardOf } from '../../src/methods/dmlr/reward';
import type { Random } from '../../src/math/random';
import type { PictureConfig } from '../../models/families/qwen-vl/picture-config';
import { prepareImage, type QwenImage } from '../../models/families/qwen-vl/prepare-image';
import type { Context, Row } from '../../src/model/latent-model';
import { fillPrompt, PROMPT_FORMS } from '../../src/prompt/forms';
import type { StepEvent } from '../../src/events/events';
import type { OnnxModel } from '../../models/model/onnx-model';
import { resolveRows } from '../../models/model/rows';
import type { KeptContext } from '../../models/model/kept-context';
import { embeddedConfig } from '../browser/helpers';
import type { LoadedOnnx } from '../onnx';
import { relativeError } from '../browser/numbers';
import { expectGradients, type GradientsFile } from './gradients';
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
  readonly load: () => Promise<LoadedOnnx>;
  /** Largest error of tensors, relative to their largest value. */
  readonly tolerance: number;
  /** Only these DMLR runs; all when absent. */
  readonly runs?: readonly string[];
}

export function describeParity(name: string, { numbers, load, tolerance, runs }: ParityOptions): void {
  describe(`parity: ${name}`, () => {
    let model: OnnxModel;
    let vision: PictureConfig;
    beforeAll(async () => {
      model = (await load()).model;
      vision = (await embeddedConfig()).vision;
    }, 600_000);

    /** A golden picture, prepared under the bounds it was written with. */
    const prepared = async (which: string): Promise<QwenImage> => {
      const { pictures } = await golden<ImagesFile>('images');
      const found = pictures.find((item) => item.name === which) as ImagesFile['pictures'][number];
      const { minPixels, maxPixels } = found;
      return prepareImage(await picture(found.source), { ...vision, minPixels, maxPixels }, { minPixels, maxPixels });
    };
    const open = (form: keyof typeof PROMPT_FORMS, question: string, image: QwenImage, think = 4): Promise<Context> =>
      model.prefill(fillPrompt(PROMPT_FORMS[form], question, think), image, go);
    type Layout = ReadingsFile['cases'][number]['layout'];
    /** The think block of latents [L, H] with patches, and the rows up to the answer. */
    const blockOf = (latents: Float32Array, patches: readonly (readonly number[])[], layout: Layout, context: Context) => {
      const rows = layoutRows(layout, patches);
      const block =
        rows.length === 0
          ? []
          : modelRows(rows, latents, { patchPositions: 'sequential', insertedRows: 'features', image: context.image, seesImage: true });
      return { rows, all: [...block, ...context.closing.rows] };
    };

    it('gives the same image features and embedding scale', async () => {
      const file = await golden<FeaturesFile>(`features-${numbers}`);
      expect(model.info.embeddingStd).toBeCloseTo(file.embeddingStd, 6);
      for (const [which, features] of Object.entries(file.features)) {
        const context = await model.prefill({ system: '', user: [{ kind: 'image' }] }, await prepared(which), go);
        expect(relativeError(floats(features), context.image?.features ?? []), which).toBeLessThan(tolerance);
        context.release();
      }
    });

    it('gives the same logits, entropies, hidden states, attention and rewards', async () => {
      const file = await golden<ReadingsFile>(`readings-${numbers}`);
      const context = await open('latent', file.question, await prepared(file.picture));
      expect(context.length).toBe(file.prefixLength);
      const space = { hiddenSize: model.info.hiddenSize, positionAxes: 3, embed: (ids: Uint32Array) => model.embed(ids) };
      let latents = new Float32Array();
      for (const golden of file.cases) {
        if (golden.latents) latents = new Float32Array(floats(golden.latents));
        const { rows, all } = blockOf(latents, golden.patches, golden.layout, context);
        const { length, positions } = await resolveRows(all, (context as KeptContext).facts, space);
        expect(
          [0, 1, 2].map((axis) => [...positions.subarray(axis * length, (axis + 1) * length)]),
          golden.name,
        ).toEqual(golden.positions);
        const candidate = { rows: all, logitRows: golden.rows, attentionRows: golden.latentRows };
        const [reading] = await model.forward(context, [candidate], { topK: file.topK, hidden: true }, go);
        for (const part of ['topLogits', 'logSumExp', 'entropy', 'attention', 'hidden'] as const) {
          const expected = golden[part];
          if (expected) expect(relativeError(floats(expected), reading[part]), `${golden.name}: ${part}`).toBeLessThan(tolerance);
        }
        for (const expected of golden.rewards) {
          expect(scoredRows(expected.scoredRows, golden.layout, rows)).toEqual(expected.rows);
          const [scored] = await model.forward(context, [{ rows: all, logitRows: expected.rows }], { topK: 10 }, go);
          expect(rewardOf(scored, expected.rewardForm, 10), `${golden.name}: ${expected.scoredRows}, ${expected.rewardForm}`).toBeCloseTo(
            expected.reward,
            3,
          );
        }
      }
      context.release();
    });

    it('gives the same gradients of the reward as PyTorch with the same weights', async () => {
      const file = await golden<GradientsFile>(`gradients-${numbers}`);
      const context = await open('latent', file.question, await prepared(file.picture));
      await expectGradients(model, context, file, tolerance);
      context.release();
    });

    it('gives the same log-probabilities with the picture and with noise in its place', async () => {
      const file = await golden<DependenceFile>(`dependence-${numbers}`);
      const image = await prepared(file.picture);
      const noise = floats(file.noise);
      const size = 3 * image.width * image.height;
      const inputs = [
        image,
        ...file.withNoise.map((_, draw) => image.noised(noise.subarray(draw * size, (draw + 1) * size), file.strength)),
      ];
      for (const [index, expected] of [file.withImage, ...file.withNoise].entries()) {
        const context = await open('latent', file.question, inputs[index]);
        const start = await model.embed(new Uint32Array(4).fill(model.info.thinkToken.id));
        const { all } = blockOf(start, file.patches, 'after-each', context);
        const scored = await model.score(context, all, Uint32Array.from(file.ids), go);
        expect(relativeError(expected, scored), `draw ${index}`).toBeLessThan(tolerance);
        context.release();
      }
    });

    it('gives the same answers, token by token', async () => {
      const file = await golden<AnswersFile>(`answers-${numbers}`);
      const pictures = (await golden<AnswersFile>('answers-fp32')).cases.map((item) => item.picture);
      for (const [index, item] of file.cases.slice(0, 3).entries()) {
        const source = await picture(pictures[index] as NonNullable<(typeof pictures)[number]>);
        const bounds = { minPixels: 1, maxPixels: 1e6 };
        const image = prepareImage(source, { ...vision, ...bounds }, bounds);
        for (const form of ['direct', 'cot', 'latent'] as const) {
          const context = await open(form, item.question, image, file.think);
          const rows: Row[] = [...startingRows(model, form === 'latent' ? file.think : 0), ...context.closing.rows];
          const expected = item.answers[form];
          const ids: number[] = [];
          const logprobs: number[] = [];
          let text = '';
          for await (const token of model.generate(context, rows, { maxNewTokens: expected.ids.length }, go)) {
            ids.push(token.id);
            logprobs.push(token.logprob);
            text += token.text;
          }
          expect(ids, `${form}: ${item.question}`).toEqual(expected.ids);
          // Absolute: a sure token's log-probability is nearly 0, where a relative error means nothing.
          const off = floats(expected.logprobs).map((value, at) => Math.abs(value - (logprobs[at] ?? NaN)));
          expect(Math.max(...off)).toBeLessThan(tolerance);
          if (!expected.text.includes('\uFFFD')) expect(text).toBe(expected.text);
          context.release();
        }
      }
    });

    it('runs DMLR along the same path: rewards within 1e-3 at every step, the same patches, the same answer', async () => {
      const file = await golden<RunsFile>(`dmlr-${numbers}`);
      const context = await open('latent', file.question, await prepared(file.picture));
      for (const [which, expected] of Object.entries(file.runs)) {
        if (runs && !runs.includes(which)) continue;
        const settings = dmlr.space.parse({ ...expected.settings, measureUnperturbed: true });
        const noise = floats(expected.noise);
        let drawn = 0;
        // One number after another, as the recipe wrote them down.
        const random = (): Random => ({ uniform: () => 0, normal: () => noise[drawn++] });
        const optimiser = optimise({ model, context, settings, focus: null, reread: neverReread, signal: go, now: () => 0, random });
        const steps: StepEvent[] = [];
        let next = await optimiser.next();
        for (; !next.done; next = await optimiser.next()) steps.push(next.value);
        const [start, ...rest] = steps;
        const where = (what: string, step: number): string => `${which}, step ${step}: ${what}`;
        expect(start.latents.map(({ patches }) => patches)).toEqual(expected.initialPatches);
        expect(Math.abs((start.reward ?? NaN) - expected.initialReward)).toBeLessThan(1e-3);
        expect(rest.length).toBe(expected.steps.length);
        for (const [index, golden] of expected.steps.entries()) {
          const step = rest[index];
          const detail = dmlrDetail(step);
          expect(Math.abs((step.reward ?? NaN) - golden.reward), where('reward', golden.step)).toBeLessThan(1e-3);
          expect(Math.abs((step.bestReward ?? NaN) - golden.bestReward), where('best reward', golden.step)).toBeLessThan(1e-3);
          expect(Math.abs((detail?.unperturbedReward ?? NaN) - golden.unperturbed), where('unperturbed', golden.step)).toBeLessThan(1e-3);
          expect(
            detail?.candidates.map(({ latent, patches, accepted }) => ({ latent, patches, accepted })),
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
          expect(detail?.driftFromStart).toBeCloseTo(golden.driftFromStart, 4);
        }
        const result = next.value;
        expect(result.bestStep).toBe(expected.bestStep);
        const vectors = result.rows.flatMap((row) => (row.kind === 'vector' ? [...row.data] : []));
        const injected = result.rows.flatMap((row) => (row.kind === 'image' ? [row.index] : []));
        expect(relativeError(floats(expected.bestLatents), vectors)).toBeLessThan(10 * tolerance);
        expect(injected).toEqual(
          layoutRows(settings.layout, expected.bestPatches).flatMap((row) => (row.kind === 'patch' ? [row.patch] : [])),
        );
        if (settings.patchPositions === 'sequential') {
          const ids: number[] = [];
          const rows = [...result.rows, ...context.closing.rows];
          for await (const token of model.generate(context, rows, { maxNewTokens: expected.answer.length }, go)) ids.push(token.id);
          expect(ids, `${which}: answer`).toEqual(expected.answer);
        }
      }
      context.release();
    });
  });
}
