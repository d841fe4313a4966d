// Runs of the toy model for tests: a picture, a job, a clock that counts.
import { prepareImage, type PreparedImage } from '../../models/families/qwen-vl/prepare-image';
import { createRandom } from '../../src/math/random';
import type { Prefix } from '../../src/model/latent-model';
import { buildPrompt } from '../../src/prompt/build';
import type { RunEvent } from '../../src/events/events';
import { runPipeline, type RunJob } from '../../src/run/pipeline';
import { DEFAULT_SETTINGS, type RunSettings } from '../../src/settings/schema';
import { TOY_INFO, toyModel, type ToyModel } from './toy-model';

export const NEVER = { aborted: false };
export const PREVIEW = 'data:image/png;base64,iVBORw0KGgo=';

/** A picture of random pixels: 4 x 3 merged tokens unless told otherwise. */
export function randomPicture(width = 112, height = 84, seed = 5): PreparedImage {
  const random = createRandom(seed);
  const data = Uint8Array.from({ length: 3 * width * height }, () => Math.floor(random.uniform() * 256));
  return prepareImage({ width, height, data }, TOY_INFO.vision, DEFAULT_SETTINGS);
}

/** Milliseconds that go up by one at every look. */
export function countingClock(): () => number {
  let ticks = 0;
  return () => ticks++;
}

export function settingsWith(changes: Partial<RunSettings> = {}): RunSettings {
  return { ...DEFAULT_SETTINGS, ...changes };
}

export function readPrefix(model: ToyModel, image: PreparedImage | null = randomPicture()): Promise<Prefix> {
  return model.read(buildPrompt('latent', 'What colour is the star?', 4), image?.input ?? null, NEVER);
}

export function jobWith(model: ToyModel, changes: Partial<RunJob> = {}): RunJob {
  return {
    runId: 'run-1',
    method: 'dmlr',
    question: 'What colour is the star?',
    settings: settingsWith({ steps: 4, maxNewTokens: 6 }),
    model,
    device: { kind: 'wasm', description: 'test', software: true },
    prepare: () => ({ image: randomPicture(), preview: PREVIEW }),
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
