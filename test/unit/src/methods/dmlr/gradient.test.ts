// Ascent by the true gradient, the cosine of estimates with it, and what is said where there is none.
import { describe, expect, test } from 'vitest';
import { parseRecord } from '../../../../../src/events/read-record';
import { writeRecord } from '../../../../../src/events/record';
import { mean } from '../../../../../src/math/stats';
import { dmlr } from '../../../../../src/methods/dmlr/dmlr';
import { cosine, createGradient } from '../../../../../src/methods/dmlr/gradient';
import { METHODS } from '../../../../../src/methods/registry';
import type { DmlrSettings } from '../../../../../src/methods/dmlr/settings';
import { dmlrView } from '../../../../../web/views/methods/dmlr';
import { optimise, type DmlrStep } from '../../../../fakes/dmlr-run';
import { readPrompt, settingsWith, thinkRun, toyRun } from '../../../../fakes/jobs';
import { faultOf } from '../../../../faults';
import { HIDDEN, toyModel } from '../../../../fakes/toy-model';

const EXACT = { exactGradient: true, updateRule: 'normalised', learningRate: 0.1, latentsCompete: true } as const;
const rewards = (steps: readonly DmlrStep[]) => steps.map(({ detail }) => detail.unperturbedReward ?? NaN);

describe('the true gradient', () => {
  test('raises the reward in every step, without noise', async () => {
    const { steps } = await optimise({ ...EXACT, patchSource: 'none', steps: 8 });
    const found = rewards(steps);
    expect(found.slice(1).every((reward, index) => reward > found[index])).toBe(true);
    for (const { detail } of steps) expect(detail).toMatchObject({ sigma: 0 });
    expect(steps.some(({ detail }) => detail.perturbed !== undefined || detail.cosine !== undefined)).toBe(false);
    expect(steps[1].detail.updateNorm).toBeCloseTo(0.1 * Math.sqrt(4 * HIDDEN), 5);
  });

  test('a step with the paper’s rule is u² eta dR/dT', async () => {
    const model = toyModel();
    const { steps } = await optimise(
      { exactGradient: true, learningRate: 0.5, noiseScale: 'absolute', patchSource: 'none', steps: 1 },
      {},
      true,
      model,
    );
    const context = await readPrompt(model);
    const run = thinkRun(model, context, settingsWith({ exactGradient: true }));
    const start = await model.embed(new Uint32Array(4).fill(model.info.thinkToken.id));
    const gradient = await createGradient(run, context)?.({ latents: start, patches: [[], [], [], []] });
    expect(steps[1].detail.updateNorm).toBeCloseTo(0.5 * Math.hypot(...(gradient ?? [])), 6);
    expect(steps[1].detail.updateNorm).toBeGreaterThan(1e-4);
  });

  test('costs one pass a step beside those that try patches', async () => {
    const { passes, settings } = await optimise({ ...EXACT, patchSource: 'none' });
    // Two at the start, then forward and back, and R(S(T, V)).
    expect(passes).toBe(2 + 2 * settings.steps);
  });

  test.each([{ layout: 'before-each' }, { layout: 'after-all', scoredRows: 'latents' }, { scoredRows: 'latents-and-end' }] as const)(
    'is taken with the patches that are there, and the decisions are the same packed or not: %j',
    async (changes) => {
      const timeless = (steps: readonly DmlrStep[]) => steps.map((step) => ({ ...step, ms: 0 }));
      const packed = await optimise({ ...EXACT, ...changes, steps: 4 });
      const separate = await optimise({ ...EXACT, ...changes, steps: 4 }, {}, true, toyModel({ packs: false }));
      expect(timeless(packed.steps)).toEqual(timeless(separate.steps));
      expect(packed.steps.at(-1)?.patchCount).toBeGreaterThan(0);
      expect(packed.steps.at(-1)?.detail.unperturbedReward).toBeGreaterThan(packed.steps[0].reward ?? NaN);
    },
  );

  test('of latents that are written twice is the sum over the rows they stand in', async () => {
    const model = toyModel();
    const context = await readPrompt(model);
    const gradientOf = async (latentsOverwrite: boolean, latents: Float32Array) => {
      const run = thinkRun(model, context, settingsWith({ exactGradient: true, latents: 2, latentsOverwrite }));
      return (await createGradient(run, context)?.({ latents, patches: [[3], []] })) ?? new Float64Array();
    };
    const latents = Float32Array.from({ length: 2 * HIDDEN }, (_, i) => Math.sin(i));
    const rewardAt = async (data: Float32Array) => {
      const row = (latent: number) => ({ kind: 'vector', data: data.subarray(latent * HIDDEN, (latent + 1) * HIDDEN) }) as const;
      const rows = [row(0), row(1), row(1)];
      return (await model.rewardGradient(context, { rows, scoredRows: [1, 2], topK: 10 }, { aborted: false })).reward;
    };
    const gradient = await gradientOf(true, latents);
    const at = HIDDEN + 3;
    const moved = (step: number) => latents.map((value, i) => (i === at ? value + step : value));
    const slope = ((await rewardAt(moved(0.01))) - (await rewardAt(moved(-0.01)))) / 0.02;
    expect(gradient[at]).toBeCloseTo(slope, 4);
    const once = await gradientOf(false, latents);
    expect(Math.max(...gradient.map((value, i) => Math.abs(value - once[i])))).toBeGreaterThan(1e-3);
  });
});

describe('the cosine of the estimate with the true gradient', () => {
  const cosines = async (changes: Partial<DmlrSettings>) => {
    const settings = { sigma: 0.1, patchSource: 'none', steps: 6, measureCosine: true, ...changes } as const;
    return (await optimise(settings)).steps.slice(1).map(({ detail }) => detail.cosine ?? NaN);
  };

  test('is small for one sample, near one for many pairs', async () => {
    const [one, pairs] = [await cosines({}), await cosines({ samples: 64, antithetic: true })];
    expect(mean(one.map(Math.abs))).toBeLessThan(0.4);
    expect(Math.min(...pairs)).toBeGreaterThan(0.6);
    expect(mean(pairs)).toBeGreaterThan(0.75);
  });

  test('changes nothing of the run but what it tells and costs', async () => {
    const [plain, measured] = [await optimise({ steps: 4 }), await optimise({ steps: 4, measureCosine: true })];
    const rest = ({ steps }: typeof plain) =>
      steps.map((step) => ({
        ...step,
        ms: 0,
        detail: Object.fromEntries(Object.entries(step.detail).filter(([name]) => name !== 'cosine')),
      }));
    expect(rest(measured)).toEqual(rest(plain));
    expect(measured.passes).toBe(plain.passes + 4);
    expect(measured.steps.map(({ detail }) => 'cosine' in detail)).toEqual([false, true, true, true, true]);
  });

  test('of two directions is theirs, and none where one has no length', () => {
    const of = (...values: number[]) => Float64Array.from(values);
    expect(cosine(of(1, 0), of(2, 0))).toBe(1);
    expect(cosine(of(1, 0), of(-3, 0))).toBe(-1);
    expect(cosine(of(1, 1), of(0, 5))).toBeCloseTo(Math.SQRT1_2, 12);
    expect(cosine(of(0, 0), of(1, 0))).toBeNull();
  });

  test('is a fact and a column of runs that measure it, and of no other', async () => {
    const { steps } = await optimise({ steps: 2, measureCosine: true });
    expect(dmlrView.facts(steps[1]).map(({ name }) => name)).toEqual(['σ', 'cos(estimate, gradient)']);
    expect(dmlrView.facts(steps[0]).map(({ name }) => name)).toEqual(['σ']);
    const column = dmlrView.columns({ ...dmlr.space.defaults, measureCosine: true }).at(-1);
    expect(column?.name).toBe('cos(estimate, gradient)');
    expect(column?.cell(steps[2])).toMatch(/^[+−]?\d\.\d{3}$/);
    expect(dmlrView.columns(dmlr.space.defaults).map(({ name }) => name)).not.toContain('cos(estimate, gradient)');
  });
});

describe('where there is none', () => {
  test.each([{ exactGradient: true }, { measureCosine: true }])('a model without the graph says which has one: %j', async (changes) => {
    const [asking] = Object.keys(changes);
    await expect(optimise(changes, {}, true, toyModel({ gradient: false }))).rejects.toMatchObject({
      value: {
        code: 'BAD_INPUT',
        message: `${asking} needs a gradient graph, and Toy has none; the embedded model has one.`,
        action: `Set ${asking} to false, or load the embedded model.`,
      },
    });
    await expect(optimise({}, {}, true, toyModel({ gradient: false }))).resolves.toBeDefined();
  });

  test.each([
    [{ rewardForm: 'code' }, 'rewardForm is code'],
    [{ algorithm: 'release' }, 'algorithm is release'],
  ] as const)('another loop or reward than the paper’s is refused: %j', async (changes, words) => {
    await expect(optimise({ exactGradient: true, ...changes })).rejects.toMatchObject({
      value: { code: 'BAD_INPUT', message: expect.stringContaining(words) as string },
    });
  });

  test('perturbations beside the true gradient are remarked on', () => {
    const remarks = (changes: Partial<DmlrSettings>) => dmlr.remarks?.({ ...dmlr.space.defaults, ...changes }).join(' ');
    expect(remarks({ ...EXACT, samples: 8 })).toContain('no perturbation is tried');
    expect(remarks({ ...EXACT, measureCosine: true })).toContain('no perturbation is tried');
    expect(remarks(EXACT)).toBe('');
  });
});

describe('recordings', () => {
  const run = (settings: Partial<DmlrSettings>) => toyRun({ settings: { steps: 3, maxNewTokens: 4, ...settings } });
  const spoilt = async (settings: Partial<DmlrSettings>, number: number, detail: Record<string, unknown>) =>
    (await run(settings)).map((event) =>
      event.type === 'step' && event.step === number ? { ...event, detail: { ...event.detail, kind: 'dmlr', ...detail } } : event,
    );

  test.each([EXACT, { measureCosine: true }, { ...EXACT, measureCosine: true, measureUnperturbed: false }])(
    'a run with %j is read back as it was written',
    async (settings) => {
      const events = await run(settings);
      expect(parseRecord(writeRecord(events), METHODS)).toEqual({ events, cutOff: false });
    },
  );

  test.each([
    ['a cosine that no setting asked for', {}, 2, { cosine: 0.5 }, 'has a cosine against its settings'],
    ['a cosine of the start', { measureCosine: true }, 0, { cosine: 0.5 }, 'and it is the start'],
    ['a cosine above one', { measureCosine: true }, 2, { cosine: 1.5 }, ''],
    ['noise beside the true gradient', EXACT, 1, { sigma: 0.1 }, 'has the sigma 0.1 where 0 should be'],
    ['perturbations beside it', EXACT, 1, { perturbed: [0.1, 0.2] }, 'has perturbations against its settings'],
    ['a reward that was not reached', { exactGradient: true }, 1, { unperturbedReward: 0.1 }, 'Step 2 has the reward'],
  ] as const)('%s is found', async (_, settings, number, detail, words) => {
    const lines = writeRecord(await spoilt(settings, number, detail));
    expect(faultOf(() => parseRecord(lines, METHODS)).message).toContain(words);
  });
});
