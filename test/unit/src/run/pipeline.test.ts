// The whole run as events: order, ends, shared contexts and counts.
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { runEventSchema, type RunEvent } from '../../../../src/events/events';
import { foldRun } from '../../../../src/events/fold';
import { runPipeline } from '../../../../src/run/pipeline';
import { createSequenceGuard } from '../../../../src/events/sequence';
import { METHODS } from '../../../../src/methods/registry';
import type { Context, ModelImage } from '../../../../src/model/latent-model';
import { collect, jobWith, PREVIEW, randomImage, toyRun } from '../../../fakes/jobs';
import { toyModel } from '../../../fakes/toy-model';

const shape = (events: readonly RunEvent[]) => {
  const names = events.map((event) =>
    event.type === 'phase' ? `phase ${event.phase}` : 'stream' in event ? `${event.type} ${event.stream}` : event.type,
  );
  return names.filter((name, i) => name !== names[i - 1]);
};
const last = (events: readonly RunEvent[]) => events[events.length - 1];

describe('a run', () => {
  test('comes in order, and every event passes the schema and the grammar', async () => {
    const events = await toyRun();
    expect(shape(events)).toEqual([
      'started',
      'image',
      'phase read',
      'prompt',
      'phase baseline',
      'token baseline',
      'phase think',
      'step',
      'phase answer',
      'token answer',
      'phase dependence',
      'dependence baseline',
      'dependence answer',
      'finished',
    ]);
    const guard = createSequenceGuard(METHODS);
    for (const event of events) {
      expect(v.safeParse(runEventSchema, event).issues).toBeUndefined();
      expect(guard(event)).toBeNull();
    }
  });

  test('says in the end what it decoded', async () => {
    const state = foldRun(await toyRun());
    expect(state.finished).toMatchObject({
      reason: 'steps',
      bestStep: state.bestStep,
      bestReward: state.bestReward,
      answer: state.streams.answer.text,
      baseline: state.streams.baseline.text,
    });
    expect(state.streams.answer.tokens.length).toBeGreaterThan(0);
  });

  test.each([
    ['dmlr', 5, { answerCut: false, baselineCut: false }],
    ['dmlr', 2, { answerCut: true, baselineCut: true }],
    ['direct', 3, { answerCut: false, baselineCut: null }],
    ['direct', 2, { answerCut: true, baselineCut: null }],
  ] as const)('%s with at most %i tokens says whether an answer of three was cut off', async (method, maxNewTokens, said) => {
    const model = toyModel();
    const generate: typeof model.generate = async function* (_context, _rows, options) {
      const length = Math.min(3, options.maxNewTokens);
      for (let index = 0; index < length; index++) yield { index, id: 1, text: 'a', logprob: -1, ends: index === 2 };
    };
    const job = { method: METHODS.get(method), settings: method === 'dmlr' ? { steps: 1, maxNewTokens } : { maxNewTokens } };
    expect(last(await collect(runPipeline(jobWith({ ...model, generate }, job))))).toMatchObject(said);
  });

  test.each(['direct', 'cot'] as const)('%s answers without steps', async (method) => {
    const events = await toyRun({ method: METHODS.get(method), settings: { maxNewTokens: 6 } });
    expect(shape(events)).toEqual([
      'started',
      'image',
      'phase read',
      'prompt',
      'phase answer',
      'token answer',
      'phase dependence',
      'dependence answer',
      'finished',
    ]);
    expect(last(events)).toMatchObject({ reason: 'answered', bestStep: null, bestReward: null, baseline: null });
  });

  test('the same seed gives the same events, another seed others', async () => {
    const first = await toyRun();
    expect(await toyRun()).toEqual(first);
    expect(await toyRun({ settings: { steps: 4, maxNewTokens: 6, seed: 7 } })).not.toEqual(first);
  });

  test('names only settings that differ, and the seed', async () => {
    const [started] = await toyRun();
    expect(started).toMatchObject({ settings: { steps: 4, maxNewTokens: 6, seed: 42 } });
    expect(Object.keys((started as { settings: object }).settings)).toHaveLength(3);
  });

  test('counts rows of prompt, think tokens and closing without gaps', async () => {
    const { prompt } = foldRun(await toyRun());
    let next = 0;
    for (const segment of prompt?.segments ?? []) {
      expect(segment.start).toBe(next);
      next += segment.length;
    }
    expect(prompt?.length).toBe(next);
    expect(prompt?.segments.find((segment) => segment.role === 'think')?.length).toBe(4);
  });
});

describe('reading once', () => {
  test.each([
    // Prompts read with the picture and with each of the two noised pictures; every picture is encoded once.
    ['same-prompt', 1 + 2],
    ['none', 1 + 2],
    ['direct', 2 + 2 * 2],
  ] as const)('baseline %s reads %i prompts', async (baseline, reads) => {
    const model = toyModel();
    let prompts = 0;
    const prefill: typeof model.prefill = (...call) => {
      prompts += 1;
      return model.prefill(...call);
    };
    const job = jobWith({ ...model, prefill }, { settings: { steps: 2, maxNewTokens: 3, baseline } });
    expect(last(await collect(runPipeline(job)))).toMatchObject({ type: 'finished', totals: { visionPasses: 1 + 2 } });
    expect(prompts).toBe(reads);
    expect(model.open()).toBe(0);
  });

  test('who holds the context of a run keeps it past its end', async () => {
    const model = toyModel();
    const held: Context[] = [];
    await collect(runPipeline(jobWith(model, { hold: (context) => void held.push(context.branch()) })));
    expect(model.open()).toBe(1);
    held[0].release();
    expect(model.open()).toBe(0);
  });

  test('the totals add up', async () => {
    const model = toyModel();
    await collect(runPipeline(jobWith(model)));
    const before = model.counts();
    const events = await collect(runPipeline(jobWith(model)));
    const { totals } = foldRun(events).finished ?? {};
    const after = model.counts();
    for (const name of ['passes', 'rows', 'visionPasses', 'bytesReadBack'] as const)
      expect(totals?.[name]).toBe(after[name] - before[name]);
    const phases = Object.values(totals?.phases ?? {}).reduce((sum, ms) => sum + ms, 0);
    expect(phases).toBeLessThanOrEqual(totals?.ms ?? 0);
    expect(Object.keys(totals?.phases ?? {})).toEqual(['read', 'baseline', 'think', 'answer', 'dependence']);
  });
});

describe('image dependence', () => {
  test('is the difference of the two log-probabilities, for every token', async () => {
    const { streams } = foldRun(await toyRun());
    for (const { tokens, dependence } of Object.values(streams)) {
      expect(dependence).toHaveLength(tokens.length);
      for (const [index, entry] of dependence.entries()) {
        expect(entry?.value).toBeCloseTo((entry?.withImage ?? NaN) - (entry?.withoutImage ?? NaN), 12);
        expect(entry?.withImage).toBeCloseTo(tokens[index].logprob, 5);
      }
    }
  });

  test('scores the same rows after the noised picture, whose features its patches then take', async () => {
    const model = toyModel();
    const scored: { rows: unknown; features: string }[] = [];
    const score: typeof model.score = (context, rows, tokens, signal) => {
      scored.push({ rows, features: String(context.image?.features) });
      return model.score(context, rows, tokens, signal);
    };
    const events = await collect(runPipeline(jobWith({ ...model, score }, { settings: { steps: 1, maxNewTokens: 2 } })));
    expect(last(events).type).toBe('finished');
    // Baseline and answer, after the picture and after two noised ones.
    const [baseline, answer, ...noised] = scored;
    expect(noised.map(({ rows }) => rows)).toEqual([baseline.rows, answer.rows, baseline.rows, answer.rows]);
    expect((answer.rows as { kind: string }[]).filter(({ kind }) => kind === 'image').length).toBeGreaterThan(0);
    expect(new Set(scored.map(({ features }) => features)).size).toBe(3);
  });

  test('averages over pictures with different noise, the same in every run', async () => {
    const drawn = async (dependenceDraws: number) => {
      const noises: Float32Array[] = [];
      const image = randomImage();
      const noised: ModelImage['noised'] = (noise, strength) => {
        noises.push(noise);
        return image.noised(noise, strength);
      };
      // The toy encodes what it is given: the same picture with another way to noise it.
      const settings = { steps: 1, maxNewTokens: 4, dependenceDraws };
      const events = await toyRun({ settings, prepare: () => ({ image: { ...image, noised }, preview: PREVIEW }) });
      return { noises, without: foldRun(events).streams.answer.dependence.map((entry) => entry?.withoutImage ?? NaN) };
    };
    const [one, two] = [await drawn(1), await drawn(2)];
    expect(two.noises[0]).toEqual(one.noises[0]);
    expect(two.noises[1]).not.toEqual(two.noises[0]);
    expect(two.noises[0]).toHaveLength(3 * 112 * 84);
    expect(two.without).not.toEqual(one.without);
  });

  test('is zero when the noise has no strength, and not when it has', async () => {
    const values = async (dependenceStrength: number) => {
      const { streams } = foldRun(await toyRun({ settings: { steps: 1, maxNewTokens: 4, dependenceStrength } }));
      return streams.answer.dependence.map((entry) => entry?.value ?? NaN);
    };
    const unchanged = await values(0);
    expect(unchanged.length).toBeGreaterThan(0);
    expect(Math.max(...unchanged.map(Math.abs))).toBe(0);
    expect(Math.max(...(await values(1)).map(Math.abs))).toBeGreaterThan(0);
  });
});
