// The whole run as events: order, ends, shared prefixes, counts, and what a fault leaves behind.
import * as v from 'valibot';
import { describe, expect, test } from 'vitest';
import { fault } from '../../src/errors';
import { isTerminal, runEventSchema, type RunEvent } from '../../src/events/events';
import { TAIL_TEXT } from '../../src/prompt/build';
import { foldRun } from '../../src/events/fold';
import { runPipeline, type RunJob } from '../../src/run/pipeline';
import { createSequenceGuard } from '../../src/events/sequence';
import { collect, jobWith, PREVIEW, randomPicture, settingsWith, toyRun } from '../fakes/jobs';
import { toyModel, type ToyModel } from '../fakes/toy-model';

const shape = (events: readonly RunEvent[]) => {
  const names = events.map((event) =>
    event.type === 'phase' ? `phase ${event.phase}` : 'stream' in event ? `${event.type} ${event.stream}` : event.type,
  );
  return names.filter((name, i) => name !== names[i - 1]);
};
const last = (events: readonly RunEvent[]) => events[events.length - 1];

describe('a run', () => {
  test('tells its story in order, and every event passes the schema and the grammar', async () => {
    const events = await toyRun();
    expect(shape(events)).toEqual([
      'started',
      'image',
      'phase read',
      'prompt',
      'phase baseline',
      'token baseline',
      'phase optimise',
      'step',
      'phase answer',
      'token answer',
      'phase dependence',
      'dependence baseline',
      'dependence answer',
      'finished',
    ]);
    const guard = createSequenceGuard();
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
    const decode: typeof model.decode = async function* (_prefix, _suffix, options) {
      const length = Math.min(3, options.maxNewTokens);
      for (let index = 0; index < length; index++) yield { index, id: 1, text: 'a', logprob: -1, ends: index === 2 };
    };
    const settings = settingsWith({ steps: 1, maxNewTokens });
    expect(last(await collect(runPipeline(jobWith({ ...model, decode }, { method, settings }))))).toMatchObject(said);
  });

  test.each(['direct', 'cot'] as const)('%s answers without steps', async (method) => {
    const events = await toyRun({ method });
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
    expect(await toyRun({ settings: settingsWith({ steps: 4, maxNewTokens: 6, seed: 7 }) })).not.toEqual(first);
  });

  test('names only settings that differ, and the seed', async () => {
    const [started] = await toyRun();
    expect(started).toMatchObject({ settings: { steps: 4, maxNewTokens: 6, seed: 42 } });
    expect(Object.keys((started as { settings: object }).settings)).toHaveLength(3);
  });

  test('counts rows of prompt, think tokens and tail without gaps', async () => {
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
    // Prefixes read with the picture, and with each of the two noised pictures.
    ['same-prompt', 1 + 2],
    ['none', 1 + 2],
    ['direct', 2 + 2 * 2],
  ] as const)('baseline %s reads %i prompts', async (baseline, reads) => {
    const model = toyModel();
    const events = await collect(runPipeline(jobWith(model, { settings: settingsWith({ steps: 2, maxNewTokens: 3, baseline }) })));
    expect(last(events)).toMatchObject({ type: 'finished', totals: { visionPasses: reads } });
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
    expect(Object.keys(totals?.phases ?? {})).toEqual(['read', 'baseline', 'optimise', 'answer', 'dependence']);
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

  test('gives injected patches the features of the picture that is read', async () => {
    const model = toyModel();
    const foreign: number[] = [];
    const score: typeof model.score = (prefix, suffix, tokens, signal) => {
      const width = model.info.hiddenSize;
      const row = (values: Float32Array | undefined, index: number) => values?.subarray(index * width, (index + 1) * width).join();
      const own = Array.from({ length: prefix.image?.length ?? 0 }, (_, i) => row(prefix.image?.features, i));
      // The four latents and the tail are no patches; what is left must be this prefix's own features.
      const rows = Array.from({ length: suffix.length }, (_, i) => row(suffix.embeddings, i));
      foreign.push(suffix.length - rows.filter((text) => own.includes(text)).length);
      return model.score(prefix, suffix, tokens, signal);
    };
    const settings = settingsWith({ steps: 1, maxNewTokens: 2 });
    const events = await collect(runPipeline(jobWith({ ...model, score }, { settings })));
    expect(last(events).type).toBe('finished');
    // Baseline and answer, after the picture and after two noised ones.
    expect(foreign).toEqual(new Array(6).fill(4 + [...TAIL_TEXT].length));
  });

  test('averages over pictures with different noise, the same in every run', async () => {
    const drawn = async (dependenceDraws: number) => {
      const noises: Float32Array[] = [];
      const image = randomPicture();
      const noised: typeof image.noised = (noise, strength) => {
        noises.push(noise);
        return image.noised(noise, strength);
      };
      const settings = settingsWith({ steps: 1, maxNewTokens: 4, dependenceDraws });
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
      const { streams } = foldRun(await toyRun({ settings: settingsWith({ steps: 1, maxNewTokens: 4, dependenceStrength }) }));
      return streams.answer.dependence.map((entry) => entry?.value ?? NaN);
    };
    const unchanged = await values(0);
    expect(unchanged.length).toBeGreaterThan(0);
    expect(Math.max(...unchanged.map(Math.abs))).toBe(0);
    expect(Math.max(...(await values(1)).map(Math.abs))).toBeGreaterThan(0);
  });
});

describe('a run that breaks', () => {
  /** The shortest run with all phases: it is repeated once for every pass it makes. */
  const shortJob = (model: ToyModel, changes: Partial<RunJob> = {}) =>
    jobWith(model, { settings: settingsWith({ steps: 1, maxNewTokens: 2, dependenceDraws: 1 }), ...changes });
  const REPEATED = { timeout: 30_000 };

  const isStep = (event: RunEvent) => event.type === 'step';

  test('a question that is empty or too long fails before anything is read', async () => {
    for (const question of ['', 'x'.repeat(200_000)]) {
      const events = await toyRun({ question });
      expect(events.map((event) => event.type)).toEqual(['started', 'failed']);
      expect(last(events)).toMatchObject({ error: { code: 'BAD_INPUT' } });
      expect(v.is(runEventSchema, events[0])).toBe(true);
    }
  });

  test('a picture that cannot be opened fails the run with its own error', async () => {
    const prepare = () => {
      throw fault('BAD_IMAGE', 'No picture.', 'Choose another.');
    };
    expect(last(await toyRun({ prepare }))).toMatchObject({ type: 'failed', error: { code: 'BAD_IMAGE' } });
  });

  test('at any pass: it keeps its events, ends once, releases everything', REPEATED, async () => {
    const whole = toyModel();
    await collect(runPipeline(shortJob(whole)));
    for (let broken = 0; broken < whole.counts().passes; broken++) {
      const model = toyModel({
        onPass: (passes) => {
          if (passes === broken) throw fault('DEVICE_LOST', 'The GPU went away.', 'Run again.', { retry: true });
        },
      });
      const events = await collect(runPipeline(shortJob(model)));
      expect(last(events)).toMatchObject({ type: 'failed', error: { code: 'DEVICE_LOST' } });
      expect(events.filter(isTerminal)).toHaveLength(1);
      expect(model.open()).toBe(0);
    }
  });

  test('a number that is not finite is never emitted', REPEATED, async () => {
    const whole = toyModel();
    await collect(runPipeline(shortJob(whole)));
    for (let broken = 0; broken < whole.counts().passes; broken++) {
      const model = toyModel({ onPass: (passes) => (passes === broken ? 'spoil' : undefined) });
      const events = await collect(runPipeline(shortJob(model)));
      expect(last(events)).toMatchObject({ type: 'failed', error: { code: 'WRONG_NUMBERS' } });
      for (const event of events) expect(v.is(runEventSchema, event)).toBe(true);
    }
  });

  test('Stop at any pass ends it as cancelled within that pass, with the last step', REPEATED, async () => {
    const whole = toyModel();
    await collect(runPipeline(shortJob(whole)));
    for (let stopAt = 0; stopAt < whole.counts().passes; stopAt++) {
      const signal = { aborted: false };
      const model = toyModel({ onPass: (passes) => void (signal.aborted ||= passes === stopAt) });
      const events = await collect(runPipeline(shortJob(model, { signal })));
      const steps = events.filter(isStep).length;
      expect(last(events)).toEqual({ type: 'cancelled', step: steps === 0 ? null : steps - 1 });
      expect(model.counts().passes).toBe(stopAt + 1);
      expect(model.open()).toBe(0);
    }
  });

  test('Stop between events stops it too', async () => {
    const signal = { aborted: false };
    const seen: RunEvent[] = [];
    for await (const event of runPipeline(jobWith(toyModel(), { signal }))) {
      seen.push(event);
      if (event.type === 'token') signal.aborted = true;
    }
    expect(seen.filter((event) => event.type === 'token')).toHaveLength(1);
    expect(last(seen)).toEqual({ type: 'cancelled', step: null });
  });

  test('leaving the stream releases everything', async () => {
    const model = toyModel();
    for await (const event of runPipeline(jobWith(model))) if (event.type === 'step') break;
    expect(model.open()).toBe(0);
  });
});
