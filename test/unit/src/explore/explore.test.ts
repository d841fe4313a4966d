// What is found out about a run afterwards: the same thought from kept vectors and made again, numbers that agree with the run's, nothing left held.
import { describe, expect, test } from 'vitest';
import type { RunEventOf } from '../../../../src/events/events';
import { foldRun } from '../../../../src/events/fold';
import type { Exploration, ExploreEvent } from '../../../../src/explore/exploration';
import { explore, type ExploreJob } from '../../../../src/explore/explore';
import { fromTheMiddle, gridAxis } from '../../../../src/explore/landscape';
import { TraceKeeper, type ThoughtTrace } from '../../../../src/explore/trace';
import { METHODS } from '../../../../src/methods/registry';
import { norm } from '../../../../src/math/stats';
import { runPipeline } from '../../../../src/run/pipeline';
import { growing } from '../../../fakes/growing-method';
import { collect, countingClock, jobWith, NEVER, randomPicture } from '../../../fakes/jobs';
import { HIDDEN, toyModel, type ToyModel } from '../../../fakes/toy-model';

const SETTINGS = { steps: 4, maxNewTokens: 6, sigma: 1, learningRate: 0.5, updateRule: 'normalised', latentsCompete: true } as const;
const LANDSCAPE = { kind: 'landscape', directions: 'random', points: 5, extent: 1, scored: { kind: 'own' }, seed: 3 } as const;
const NOISE = { kind: 'dependence', corruption: { kind: 'noise', strength: 1 }, draws: 2, seed: 42 } as const;

type Of<T extends ExploreEvent['type']> = Extract<ExploreEvent, { type: T }>;
const of = <T extends ExploreEvent['type']>(events: readonly ExploreEvent[], type: T): Of<T>[] =>
  events.filter((event): event is Of<T> => event.type === type);

async function madeRun(settings: Readonly<Record<string, string | number | boolean | null>> = SETTINGS) {
  const model = toyModel();
  const trace = new TraceKeeper();
  const events = await collect(runPipeline(jobWith(model, { settings, trace })));
  return { model, trace, events, state: foldRun(events) };
}

function jobOf(
  { model, events }: { model: ToyModel; events: readonly unknown[] },
  ask: Exploration,
  changes: Partial<ExploreJob> = {},
): ExploreJob {
  const { streams } = foldRun(events as Parameters<typeof foldRun>[0]);
  return {
    method: METHODS.get('dmlr'),
    question: 'What colour is the star?',
    settings: SETTINGS,
    model,
    prepare: (own) => ({ image: own.prepareImage(randomPicture(), { minPixels: 1, maxPixels: 1e9 }) }),
    trace: null,
    ask,
    answer: Uint32Array.from(streams.answer.tokens, ({ id }) => id),
    other: null,
    signal: NEVER,
    now: countingClock(),
    ...changes,
  };
}

describe('a thought', () => {
  test('is the same from kept vectors and made again, and the run says how far its tokens moved', async () => {
    const made = await madeRun();
    let again: ThoughtTrace | null = null;
    const before = made.model.counts().passes;
    const events = await collect(explore(jobOf(made, LANDSCAPE, { kept: (trace) => (again = trace) })));
    const whole = made.model.counts().passes - before;
    expect(again).toEqual(expect.objectContaining({ blocks: made.trace.blocks, decoded: made.trace.decoded }));
    expect(of(events, 'recreated')[0].rewards).toEqual(made.state.steps.map(({ reward }) => reward));
    const short = await collect(explore(jobOf(made, LANDSCAPE, { trace: made.trace })));
    expect(of(short, 'recreated')).toEqual([]);
    expect(made.model.counts().passes - before - whole).toBeLessThan(whole);
    expect(of(short, 'landscape-row')).toEqual(of(events, 'landscape-row'));
    expect(made.trace.blocks).toHaveLength(5);
    for (const [step, { latents }] of made.trace.blocks.entries()) {
      const detail = made.state.steps[step].detail as unknown as { latents: { norm: number; cosine: number; drift: number }[] };
      const start = made.trace.blocks[0].latents.subarray(HIDDEN, 2 * HIDDEN);
      const own = latents.subarray(HIDDEN, 2 * HIDDEN);
      const dot = own.reduce((sum, value, i) => sum + value * start[i], 0);
      expect(detail.latents[1].norm).toBeCloseTo(norm(own), 6);
      expect(detail.latents[1].cosine).toBeCloseTo(dot / norm(own) / norm(start), 6);
    }
    expect(made.model.open()).toBe(0);
  });

  test.each(['release', 'paper'] as const)('of the loop "%s" is kept with the patches of each step', async (algorithm) => {
    const { trace, state } = await madeRun({ ...SETTINGS, algorithm });
    expect(trace.blocks.map(({ patches }) => patches)).toEqual(state.steps.map(({ latents }) => latents.map((one) => one.patches)));
    expect(trace.decoded?.patches).toEqual(trace.blocks[state.bestStep ?? 0].patches);
  });

  test('is kept only so far as its vectors are few', () => {
    const keeper = new TraceKeeper(20);
    for (let step = 0; step < 4; step++) keeper.keep(step, { latents: new Float32Array(8), patches: [[]] });
    expect(keeper.blocks).toHaveLength(2);
  });

  test.each(['at once', 'while it thinks', 'while it measures'] as const)(
    'that is stopped %s is cancelled and holds nothing',
    async (when) => {
      const made = await madeRun();
      const signal = { aborted: when === 'at once' };
      const events: ExploreEvent[] = [];
      for await (const event of explore(jobOf(made, LANDSCAPE, { signal }))) {
        events.push(event);
        if (event.type === 'progress' && event.stage === (when === 'while it thinks' ? 'think' : 'measure')) signal.aborted = true;
      }
      expect(events.at(-1)).toEqual({ type: 'cancelled' });
      expect(made.model.open()).toBe(0);
    },
  );

  test.each(['progress', 'landscape'] as const)('left at its first %s holds nothing', async (type) => {
    const made = await madeRun();
    for await (const event of explore(jobOf(made, LANDSCAPE))) if (event.type === type) break;
    expect(made.model.open()).toBe(0);
  });

  test('of a method without a probe has no landscape, and its answer still depends on the picture', async () => {
    const model = toyModel();
    const settings = { rounds: 2, maxNewTokens: 3, seed: 9 };
    const events = await collect(runPipeline(jobWith(model, { method: growing, settings })));
    const own = { method: growing, settings };
    const failed = await collect(explore(jobOf({ model, events }, LANDSCAPE, own)));
    expect(failed.at(-1)).toMatchObject({
      type: 'failed',
      error: { code: 'BAD_INPUT', message: expect.stringContaining('no think tokens') as string },
    });
    const found = await collect(explore(jobOf({ model, events }, { ...NOISE, seed: 9 }, own)));
    const recorded = events.filter((event) => event.type === 'dependence' && event.stream === 'answer');
    expect(of(found, 'dependence')).toEqual(recorded);
    expect(recorded.length).toBeGreaterThan(0);
  });
});

describe('the landscape', () => {
  test('has the decoded latents in its middle, with the reward and the log-probability that the run has', async () => {
    const made = await madeRun({ ...SETTINGS, controls: true });
    const rows = of(await collect(explore(jobOf(made, LANDSCAPE, { trace: made.trace }))), 'landscape-row').map(({ row }) => row);
    expect(rows.map(({ row }) => row)).toEqual([2, 1, 3, 0, 4]);
    expect(rows[0].rewards?.[2]).toBeCloseTo(made.state.bestReward ?? NaN, 6);
    const result = made.state.controls.find(({ control }) => control === 'result');
    expect(rows[0].logprobs?.[2]).toBeCloseTo(result?.logprob ?? NaN, 5);
    const all = rows.flatMap(({ rewards }) => rewards ?? []);
    expect(new Set(all).size).toBe(25);
  });

  test('lies along the way from the start, as far off as noise of sigma 1 a step', async () => {
    const made = await madeRun();
    const ask = { ...LANDSCAPE, directions: 'travel', scored: null } as const;
    const [{ landscape }] = of(await collect(explore(jobOf(made, ask, { trace: made.trace }))), 'landscape');
    const { blocks, decoded } = made.trace;
    const moved = Array.from(blocks[0].latents, (value, i) => value - (decoded?.latents[i] ?? 0));
    // The toy's embeddings have deviation 1.
    expect(landscape.path[0][0]).toBeCloseTo(-norm(moved) / Math.sqrt(moved.length), 6);
    expect(landscape.path[0][1]).toBeCloseTo(0, 6);
    expect(landscape.path).toHaveLength(5);
    expect(landscape).toMatchObject({ axis: [-1, -0.5, 0, 0.5, 1], scored: null });
  });

  test('is the same for the same seed, and another for another', async () => {
    const made = await madeRun();
    const grid = async (seed: number) =>
      of(await collect(explore(jobOf(made, { ...LANDSCAPE, seed }, { trace: made.trace }))), 'landscape-row');
    expect(await grid(3)).toEqual(await grid(3));
    expect(await grid(4)).not.toEqual(await grid(3));
  });

  test('reads a row of the grid in one pass', async () => {
    const made = await madeRun();
    made.model.packs.length = 0;
    await collect(explore(jobOf(made, { ...LANDSCAPE, scored: null }, { trace: made.trace })));
    expect(made.model.packs).toEqual([5, 5, 5, 5, 5]);
  });

  test.each([
    ['an even grid', { points: 4 }, '4 points'],
    ['a grid that is too large', { points: 23 }, '23 points'],
    ['no extent', { extent: 0 }, 'reaches 0'],
    ['an empty text', { scored: { kind: 'text', text: '' } }, 'no answer to score'],
  ] as const)('refuses %s', async (_what, change, message) => {
    const made = await madeRun();
    const events = await collect(explore(jobOf(made, { ...LANDSCAPE, ...change }, { trace: made.trace })));
    expect(events.at(-1)).toMatchObject({
      type: 'failed',
      error: { code: 'BAD_INPUT', message: expect.stringContaining(message) as string },
    });
  });

  test('refuses the way of latents that went none', async () => {
    const made = await madeRun({ ...SETTINGS, steps: 0 });
    const events = await collect(explore(jobOf(made, { ...LANDSCAPE, directions: 'travel' }, { trace: made.trace })));
    expect(events.at(-1)).toMatchObject({ type: 'failed', error: { message: expect.stringContaining('no direction') as string } });
  });

  test('has a grid around 0, measured from the middle', () => {
    expect(gridAxis(3, 2)).toEqual([-2, 0, 2]);
    expect(fromTheMiddle(5)).toEqual([2, 1, 3, 0, 4]);
  });
});

describe('image dependence', () => {
  test('with the run’s own noise is what the run measured', async () => {
    const made = await madeRun();
    const found = of(await collect(explore(jobOf(made, NOISE, { trace: made.trace }))), 'dependence');
    expect(found).toEqual(made.events.filter((event) => event.type === 'dependence' && event.stream === 'answer'));
    expect(found.length).toBeGreaterThan(0);
  });

  test('differs by corruption, and is nothing where nothing is corrupted', async () => {
    const made = await madeRun();
    const values = async (kind: 'blur' | 'mask' | 'grey' | 'other', strength: number) => {
      const ask = { ...NOISE, corruption: { kind, strength } } as const;
      const events = await collect(explore(jobOf(made, ask, { trace: made.trace, other: randomPicture(60, 90, 8) })));
      return of(events, 'dependence').map(({ value }: RunEventOf<'dependence'>) => value);
    };
    const found = await Promise.all([values('blur', 0.1), values('mask', 0.5), values('grey', 1), values('other', 1)]);
    expect(new Set(found.map(String)).size).toBe(4);
    for (const kind of ['blur', 'mask', 'grey', 'other'] as const) expect((await values(kind, 0)).every((value) => value === 0)).toBe(true);
  });
});

test('the attention of a head is that of the sequence read alone; of a step, with its own latents and patches', async () => {
  const made = await madeRun();
  const [decoded, first] = await Promise.all(
    [null, 0].map(
      async (step) => of(await collect(explore(jobOf(made, { kind: 'heads', step, latent: 1 }, { trace: made.trace }))), 'heads')[0],
    ),
  );
  expect(decoded).toMatchObject({ layers: 1, heads: 1 });
  expect(decoded.attention).toHaveLength(12);
  expect(decoded.attention.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 5);
  expect(first.attention).not.toEqual(decoded.attention);
});

test('the map places every latent, word and patch, the decoded latents where their step is', async () => {
  const made = await madeRun();
  const all: string[] = [];
  for (const basis of ['all', 'text', 'latents'] as const) {
    const [{ map }] = of(await collect(explore(jobOf(made, { kind: 'map', basis }, { trace: made.trace }))), 'map');
    expect(map.latents.map((step) => step.length)).toEqual([4, 4, 4, 4, 4]);
    expect(map.image).toHaveLength(12);
    expect(map.words).toHaveLength('What colour is the star?'.length);
    expect(map.shares[0]).toBeGreaterThanOrEqual(map.shares[1]);
    expect(map.shares[0] + map.shares[1]).toBeLessThanOrEqual(1 + 1e-9);
    expect(map.latents.flat()).toEqual(expect.arrayContaining([map.decoded[0]]));
    all.push(JSON.stringify(map));
  }
  expect(new Set(all).size).toBe(3);
});
