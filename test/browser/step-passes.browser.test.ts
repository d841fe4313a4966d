// What a step of a default DMLR run costs on the sample pictures: passes of the model, as counted, packed and one after the other.
import { neverReread } from '../fakes/reread';
import { afterAll, expect, it, vi } from 'vitest';
import { openStream } from '../../src/math/streams';
import { dmlrDetail } from '../../src/methods/dmlr/detail';
import { dmlr } from '../../src/methods/dmlr/dmlr';
import { optimise } from '../../src/methods/dmlr/optimise';
import type { LatentModel, ModelCounts } from '../../src/model/latent-model';
import { fillPrompt, PROMPT_FORMS } from '../../src/prompt/forms';
import { decodeImage } from '../../workers/decode-image';
import { embeddedModel } from './helpers';

vi.setConfig({ testTimeout: 900_000 });
const load = embeddedModel('wasm', 'q4');
const go = { aborted: false };
afterAll(async () => (await load()).close());

interface Sample {
  readonly file: string;
  readonly questions: readonly { readonly question: string }[];
}

async function samples(): Promise<readonly Sample[]> {
  const list = (await (await fetch('/samples/index.json')).json()) as { readonly samples: readonly Sample[] };
  return list.samples;
}

interface Cost {
  readonly passes: number;
  readonly candidates: number;
  /** Everything that the steps decided, without their times. */
  readonly decisions: readonly unknown[];
}

/** The steps of a default run after the first; what comes before them (two passes, and the first perturbation) counts too. */
async function steps(model: LatentModel, { file, questions }: Sample, packs: boolean): Promise<Cost> {
  const settings = dmlr.space.defaults;
  const bytes = await (await fetch(`/samples/${file}`)).arrayBuffer();
  const image = model.prepareImage(await decodeImage({ bytes, name: file }), settings);
  const context = await model.prefill(fillPrompt(PROMPT_FORMS.latent, questions[0].question, settings.latents), image, go);
  const before: ModelCounts = model.counts();
  const alike: LatentModel = Object.create(model, { info: { value: { ...model.info, packs } } }) as LatentModel;
  alike.forward = (...call) => model.forward(...call);
  alike.embed = (ids) => model.embed(ids);
  alike.tokenText = (id) => model.tokenText(id);
  const decisions: unknown[] = [];
  const random = (stream: string) => openStream(settings.seed, stream);
  for await (const step of optimise({
    model: alike,
    context,
    settings,
    focus: null,
    reread: neverReread,
    signal: go,
    now: () => 0,
    random,
  })) {
    const candidates = dmlrDetail(step)?.candidates.map(({ latent, patches, accepted }) => ({ latent, patches, accepted }));
    decisions.push({ step: step.step, isBest: step.isBest, patches: step.latents.map(({ patches }) => patches), candidates });
  }
  const after = model.counts();
  context.release();
  return { passes: after.passes - before.passes, candidates: after.candidates - before.candidates, decisions };
}

it('takes at most 2.5 passes a step on average over the samples, where one evaluation after the other takes more', async () => {
  const { model } = await load();
  expect(model.info.packs).toBe(true);
  const all = await samples();
  const costs: Cost[] = [];
  for (const sample of all) costs.push(await steps(model, sample, true));
  const perStep = costs.map(({ passes }) => passes / dmlr.space.defaults.steps);
  const mean = perStep.reduce((sum, value) => sum + value, 0) / perStep.length;
  console.info(`passes a step over ${all.length} samples: mean ${mean.toFixed(2)}, most ${Math.max(...perStep).toFixed(2)}`);
  expect(mean).toBeLessThanOrEqual(2.5);
  const [first] = all;
  const separate = await steps(model, first, false);
  expect(separate.decisions).toEqual(costs[0].decisions);
  expect(separate.passes).toBe(separate.candidates);
  // Most steps have few candidates, because the budget of patches is soon spent: 43 passes against 22.
  expect(separate.passes).toBeGreaterThan(1.5 * costs[0].passes);
});
