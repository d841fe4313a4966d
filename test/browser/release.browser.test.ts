// The released code's loop on the embedded model: rewards blind to the picture, and prompts read with other positions or without the image.
import { afterAll, expect, it } from 'vitest';
import { normalArray } from '../../src/math/random';
import { openStream } from '../../src/math/streams';
import { dmlr } from '../../src/methods/dmlr/dmlr';
import { withPreset } from '../../src/methods/method';
import { AS_TRAINED, type Context, type LatentModel, type ModelImage, type PromptReading } from '../../src/model/latent-model';
import { fillPrompt, PROMPT_FORMS } from '../../src/prompt/forms';
import { decodeImage } from '../../workers/decode-image';
import { embeddedModel } from './helpers';

const load = embeddedModel('wasm', 'q4');
const go = { aborted: false };
const QUESTION = 'How many objects are there?';
afterAll(async () => (await load()).close());

/** Two pictures of one size: a sample, and the same under noise that leaves nothing of it. */
async function pictures(model: LatentModel): Promise<readonly [ModelImage, ModelImage]> {
  const name = 'standard-1.png';
  const bytes = await (await fetch(`/samples/${name}`)).arrayBuffer();
  const image = model.prepareImage(await decodeImage({ bytes, name }), { minPixels: 1, maxPixels: 1e6 });
  return [image, image.noised(normalArray(openStream(3, 'other picture'), 3 * image.width * image.height), 1)];
}

const read = (model: LatentModel, image: ModelImage, reading: PromptReading): Promise<Context> =>
  model.prefill({ ...fillPrompt(PROMPT_FORMS.latent, QUESTION, 2), reading }, image, go);

it('gives two pictures of one size the same rewards, bit for bit, and other patches', async () => {
  const { model } = await load();
  const settings = dmlr.space.parse({ ...withPreset(dmlr, 'release-v1', {}), steps: 4, prompt: 'latent' });
  const runs = [];
  for (const image of await pictures(model)) {
    const contexts: Context[] = [];
    const open = async (reading: PromptReading) => {
      const context = await read(model, image, reading);
      contexts.push(context);
      return context;
    };
    const context = await open({ positions: settings.positions, image: 'features' });
    const steps = [];
    const random = (stream: string) => openStream(7, stream);
    const run = { model, context, settings, focus: null, reread: open, signal: go, now: () => 0, random };
    for await (const step of dmlr.think?.(run) ?? []) steps.push(step);
    expect(contexts).toHaveLength(2);
    for (const one of contexts) one.release();
    runs.push({ rewards: steps.map(({ reward }) => reward), patches: steps.map(({ latents }) => latents.map((latent) => latent.patches)) });
  }
  expect(runs[0].rewards).toEqual(runs[1].rewards);
  expect(runs[0].patches).not.toEqual(runs[1].patches);
  expect(model.counts().contexts).toBe(0);
});

it('reads a prompt with other positions or without the image, and keeps such contexts apart', async () => {
  const { model } = await load();
  const [image, other] = await pictures(model);
  const says = async (reading: PromptReading, seen = image): Promise<number[]> => {
    const context = await read(model, seen, reading);
    const [first] = await model.forward(
      context,
      [{ rows: context.closing.rows, logitRows: [context.closing.rows.length - 1] }],
      { topK: 8 },
      go,
    );
    contexts.push(context);
    return [...first.topLogits];
  };
  const contexts: Context[] = [];
  const trained = await says(AS_TRAINED);
  const counted = await says({ positions: 'sequence', image: 'features' });
  const blind = await says({ positions: 'model', image: 'placeholders' });
  expect(counted).not.toEqual(trained);
  expect(blind).not.toEqual(trained);
  expect(await says({ positions: 'model', image: 'placeholders' }, other)).toEqual(blind);
  // With the others still held, the prompt as trained says what it said at first.
  const again = await says(AS_TRAINED);
  for (const [i, logit] of again.entries()) expect(logit).toBeCloseTo(trained[i], 4);
  expect(contexts[1].image?.features).toBe(contexts[0].image?.features);
  for (const context of contexts) context.release();
});
