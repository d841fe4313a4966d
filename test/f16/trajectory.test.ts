// The embedded model in 4-bit weights and 16-bit arithmetic: a whole DMLR run on WebGPU beside the same run by ONNX Runtime on the processor.
import { neverReread } from '../fakes/reread';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { StepEvent } from '../../src/events/events';
import type { Random } from '../../src/math/random';
import { dmlrDetail } from '../../src/methods/dmlr/detail';
import { dmlr } from '../../src/methods/dmlr/dmlr';
import { optimise } from '../../src/methods/dmlr/optimise';
import type { Thought } from '../../src/methods/method';
import type { LatentModel } from '../../src/model/latent-model';
import { fillPrompt, PROMPT_FORMS } from '../../src/prompt/forms';
import { prepareImage } from '../../models/families/qwen-vl/prepare-image';
import { VisionEncoder } from '../../models/families/qwen-vl/vision';
import { loadModel, type LoadedModel } from '../../models/load/load-model';
import { floats, golden, picture, type ImagesFile, type RunsFile } from '../parity/fixtures';
import { embeddedConfig } from '../browser/helpers';
import { relativeError } from '../browser/numbers';
import { readInPieces } from './short-passes';

/** The processor's 16-bit numbers are no concern of the page, which has its 32-bit ones; here they are what WebGPU is compared with. */
vi.mock(import('../../models/device/select-device'), async (original) => {
  const real = await original();
  return { ...real, findTrustedDevice: async (options) => ({ ...(await real.findTrustedDevice(options)), f16: true }) };
});

/** Largest difference of a reward, whose values here are about -0.5; of attention and of the latents' drift, relative to the largest value. */
const BOUND = { reward: 5e-3, drift: 1e-2, attention: 2e-2 };
const go = new AbortController().signal;
let gpu: LoadedModel;
let processor: LoadedModel;

const load = (device: 'webgpu' | 'wasm'): Promise<LoadedModel> =>
  loadModel(
    { source: { kind: 'site', url: new URL('/models/noema-tiny/', location.href).href }, dtype: 'q4f16', device },
    () => undefined,
    go,
  );

beforeAll(async () => {
  readInPieces();
  // Pictures are read by the processor for both: lavapipe compiles the attention kernel of the vision encoder for a minute.
  const { features } = VisionEncoder.prototype;
  const known = new Map<string, Promise<Float32Array>>();
  VisionEncoder.prototype.features = function (this: VisionEncoder, image) {
    const key = `${image.grid.h} ${image.grid.w} ${image.pixelValues.slice(0, 64).join()}`;
    if (this.runtime.kind === 'wasm') known.set(key, features.call(this, image));
    const found = known.get(key);
    if (!found) throw new Error('The processor has not read this picture.');
    return found;
  };
  // Loading shows the model a picture too.
  processor = await load('wasm');
});
afterAll(async () => {
  await gpu.close();
  await processor.close();
});

interface Trajectory {
  readonly steps: readonly StepEvent[];
  readonly result: Thought;
  readonly answer: readonly number[];
}

/** The golden default run's question, picture, settings and noise, on `model`. */
async function trajectory(model: LatentModel): Promise<Trajectory> {
  const { runs, picture: which, question } = await golden<RunsFile>('dmlr-q4');
  const { settings: chosen, noise: coded, answer: expected } = runs['default'];
  const { pictures } = await golden<ImagesFile>('images');
  const found = pictures.find(({ name }) => name === which) as ImagesFile['pictures'][number];
  const { minPixels, maxPixels } = found;
  const { vision } = await embeddedConfig();
  const image = prepareImage(await picture(found.source), { ...vision, minPixels, maxPixels }, { minPixels, maxPixels });
  const settings = dmlr.space.parse({ ...chosen });
  const noise = floats(coded);
  let drawn = 0;
  const random = (): Random => ({ uniform: () => 0, normal: () => noise[drawn++] });
  const context = await model.prefill(fillPrompt(PROMPT_FORMS.latent, question, settings.latents), image, go);
  const optimiser = optimise({ model, context, settings, focus: null, reread: neverReread, signal: go, now: () => 0, random });
  const steps: StepEvent[] = [];
  let next = await optimiser.next();
  for (; !next.done; next = await optimiser.next()) steps.push(next.value);
  const answer: number[] = [];
  const rows = [...next.value.rows, ...context.closing.rows];
  for await (const token of model.generate(context, rows, { maxNewTokens: expected.length }, go)) answer.push(token.id);
  context.release();
  return { steps, result: next.value, answer };
}

it('takes the same path at every step and gives the same answer', async () => {
  const expected = await trajectory(processor.model);
  gpu = await load('webgpu');
  expect(gpu.model.info).toMatchObject({ dtype: 'q4f16', device: 'webgpu' });
  const found = await trajectory(gpu.model);
  expect(found.steps.length).toBe(expected.steps.length);
  const worst = { reward: 0, drift: 0, attention: 0 };
  for (const [index, step] of found.steps.entries()) {
    const golden = expected.steps[index];
    const decisions = (event: StepEvent) => ({
      candidates: dmlrDetail(event)?.candidates.map(({ latent, patches, accepted }) => ({ latent, patches, accepted })),
      patches: event.latents.map(({ patches }) => patches),
    });
    expect(decisions(step), `step ${index}`).toEqual(decisions(golden));
    const attention = ({ latents }: StepEvent) => latents.flatMap((latent) => latent.attention);
    worst.reward = Math.max(worst.reward, Math.abs((step.reward ?? NaN) - (golden.reward ?? NaN)));
    worst.attention = Math.max(worst.attention, relativeError(attention(golden), attention(step)));
  }
  const drift = ({ steps }: Trajectory) => steps.map((step) => dmlrDetail(step)?.driftFromStart ?? NaN);
  worst.drift = relativeError(drift(expected), drift(found));
  process.stdout.write(`A run of ${found.steps.length - 1} steps on ${gpu.device.description}: off by ${JSON.stringify(worst)} at most\n`);
  for (const part of ['reward', 'drift', 'attention'] as const) expect(worst[part], part).toBeLessThan(BOUND[part]);
  // Late steps are so close that rounding decides which is the best: it must be one by which the processor is as good, and be as good.
  const best = expected.result.bestReward ?? NaN;
  expect(expected.steps[found.result.bestStep ?? -1].bestReward).toBeGreaterThan(best - BOUND.reward);
  expect(Math.abs((found.result.bestReward ?? NaN) - best)).toBeLessThan(BOUND.reward);
  expect(found.answer).toEqual(expected.answer);
});
