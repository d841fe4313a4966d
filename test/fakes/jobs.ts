// Runs of the toy model for tests: a picture, a job, a clock that counts.
import { createRandom } from '../../src/math/random';
import { openStream } from '../../src/math/streams';
import type { RunEvent } from '../../src/events/events';
import type { RgbPicture } from '../../src/image/resize';
import type { ThinkRun } from '../../src/methods/method';
import { dmlr } from '../../src/methods/dmlr/dmlr';
import type { DmlrSettings } from '../../src/methods/dmlr/settings';
import { AS_TRAINED, type Context, type LatentModel, type ModelImage, type PromptReading } from '../../src/model/latent-model';
import { fillPrompt, PROMPT_FORMS } from '../../src/prompt/forms';
import type { RunJob } from '../../src/run/job';
import { runPipeline } from '../../src/run/pipeline';
import { toyModel, type ToyModel } from './toy-model';

export const NEVER = { aborted: false };
export const PREVIEW = 'data:image/png;base64,iVBORw0KGgo=';

/** A picture of random pixels: 4 x 3 image tokens of the toy model unless told otherwise. */
export function randomPicture(width = 112, height = 84, seed = 5): RgbPicture {
  const random = createRandom(seed);
  const data = Uint8Array.from({ length: 3 * width * height }, () => Math.floor(random.uniform() * 256));
  return { width, height, data };
}

/** The same as the toy model sees it. */
export function randomImage(model: LatentModel = toyModel(), picture = randomPicture()): ModelImage {
  return model.prepareImage(picture, { minPixels: 1, maxPixels: 1e9 });
}

/** Milliseconds that go up by one at every look. */
export function countingClock(): () => number {
  let ticks = 0;
  return () => ticks++;
}

export function settingsWith(changes: Partial<DmlrSettings> = {}): DmlrSettings {
  return { ...dmlr.space.defaults, ...changes };
}

export function readPrompt(
  model: LatentModel,
  image: ModelImage | null = randomImage(model),
  reading: PromptReading = AS_TRAINED,
): Promise<Context> {
  return model.prefill({ ...fillPrompt(PROMPT_FORMS.latent, 'What colour is the star?', 4), reading }, image, NEVER);
}

/** What a method works with, after a prompt. */
export function thinkRun<S extends { readonly seed: number }>(
  model: LatentModel,
  context: Context,
  settings: S,
  changes: Partial<ThinkRun<S>> = {},
): ThinkRun<S> {
  return {
    model,
    context,
    settings,
    focus: null,
    signal: NEVER,
    now: countingClock(),
    reread: (reading) => readPrompt(model, randomImage(model), reading),
    random: (stream) => openStream(settings.seed, stream),
    ...changes,
  };
}

export function jobWith(model: ToyModel, changes: Partial<RunJob> = {}): RunJob {
  return {
    runId: 'run-1',
    method: dmlr,
    question: 'What colour is the star?',
    settings: { steps: 4, maxNewTokens: 6 },
    model,
    device: { kind: 'wasm', description: 'test', software: true },
    prepare: (own) => ({ image: own.prepareImage(randomPicture(), { minPixels: 1, maxPixels: 1e9 }), preview: PREVIEW }),
    signal: NEVER,
    now: countingClock(),
    startedAt: '2026-01-01T00:00:00.000Z',
    ...changes,
  };
}

export async function collect<T>(events: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const event of events) all.push(event);
  return all;
}

/** All events of a run of a fresh toy model. */
export function toyRun(changes: Partial<RunJob> = {}): Promise<RunEvent[]> {
  return collect(runPipeline(jobWith(toyModel(), changes)));
}
