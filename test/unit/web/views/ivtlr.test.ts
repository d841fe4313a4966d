// Interleaved latent reasoning in the views: what its steps attend to, what they cover, where their rows stand, what its controls show.
import { describe, expect, test } from 'vitest';
import type { RunEventOf, StepEvent } from '../../../../src/events/events';
import { foldRun, type RunState } from '../../../../src/events/fold';
import { ivtlrDetail } from '../../../../src/methods/ivtlr/detail';
import { ivtlr } from '../../../../src/methods/ivtlr/ivtlr';
import { METHODS } from '../../../../src/methods/registry';
import type { SettingsRecord } from '../../../../src/settings/space';
import { attentionFor } from '../../../../web/lib/attention-series';
import { sentencePoints, stepPoints } from '../../../../web/lib/attention-points';
import { PLAIN_VIEW } from '../../../../web/lib/method-view';
import { runCost } from '../../../../web/lib/run-cost';
import { comparable } from '../../../../web/lib/same-subject';
import { layOutSequence } from '../../../../web/lib/sequence-rows';
import { createRanRuns } from '../../../../web/stores/ran-runs';
import { ivtlrView, pickedRatio } from '../../../../web/views/methods/ivtlr';
import { openView, viewOf } from '../../../../web/views/methods/registry';
import { toyRun } from '../../../fakes/jobs';

const run = async (method: string, settings: SettingsRecord = {}): Promise<RunState> =>
  foldRun(await toyRun({ runId: method, method: METHODS.get(method), settings: { maxNewTokens: 3, dependence: false, ...settings } }));
const last = ({ steps }: RunState): StepEvent => steps[steps.length - 1];

describe('the view', () => {
  test('is fetched with the first run, and is the plain one until then', async () => {
    expect(viewOf(ivtlr.id)).toBe(PLAIN_VIEW);
    await openView(ivtlr.id);
    expect(viewOf(ivtlr.id)).toBe(ivtlrView);
  });

  test('lists for each step what was chosen, how much is covered, and the ratio over what was chosen', async () => {
    const { steps } = await run(ivtlr.id);
    const [start, first, second] = steps.map((step) => ivtlrView.columns({}).map(({ cell }) => cell(step)));
    expect(start).toEqual(['–', '–', '–', '–']);
    expect(first.slice(0, 2)).toEqual([steps[1].latents[0].patches.join(', '), '4/12']);
    expect(second[1]).toBe('8/12');
    const detail = ivtlrDetail(steps[2])!;
    const { text, latents, answer } = detail.shares!;
    const picked = detail.picks.reduce((sum, { attention }) => sum + attention, 0);
    expect(pickedRatio(detail)).toBeCloseTo(picked / (text.sum + latents.sum + answer.sum), 12);
    expect(pickedRatio(ivtlrDetail(steps[0])!)).toBeNull();
  });

  test.each([
    [{}, 'F0 s0 F1 s1 F2 s2'],
    [{ order: 'paper' }, 's0 F0 s1 F1 s2 F2'],
    [{ textPart: false }, 'F0 F1 F2'],
    [{ visionPart: false }, 's0 s1 s2'],
  ])('%j stands after the prompt, each part once', async (settings, expected) => {
    const state = await run(ivtlr.id, settings);
    const held = last(state).latents.map(({ patches }) => patches);
    const stretches = layOutSequence(state.prompt!.segments, held, ivtlrView.layout(settings, last(state)));
    const block = stretches.filter(({ latent }) => latent !== null);
    expect(block.map(({ role, latent }) => `${role === 'think' ? 's' : 'F'}${latent}`).join(' ')).toBe(expected);
    expect(block[0].start).toBe(state.prompt!.length);
    expect(stretches.reduce((sum, { length }) => sum + length, 0)).toBe(ivtlrDetail(last(state))!.rows);
  });

  test('says what its controls show', () => {
    const control = (id: string, answer: string): RunEventOf<'control'> => ({
      ...{ type: 'control', control: id, reward: null, answer, answerCut: false, logprob: -1 },
    });
    const said = ({ answer }: RunEventOf<'control'>): string => answer;
    const own = [control('result', 'red'), control('no-steps', 'blue')];
    expect(ivtlrView.attribution([control('result', 'red')], said)).toEqual([]);
    expect(ivtlrView.attribution(own, said)).toEqual([
      'Without its latent steps the model answers otherwise.',
      'No single part of the steps is needed for this answer.',
    ]);
    const more = [control('no-text', 'red'), control('no-vision', 'blue'), control('random-patches', 'blue'), control('noise', 'red')];
    expect(ivtlrView.attribution([...own, ...more], said).slice(1)).toEqual([
      'The answer needs its latent vision and which image tokens it chose: it is another when that is left out or drawn at random.',
      'The answer stays with noise in place of its hidden states: these do not show that it goes by what its own hold.',
    ]);
  });

  test('says of a model that it was not trained for the steps, or for so many', () => {
    const remarks = (settings: SettingsRecord, model?: Parameters<NonNullable<typeof ivtlr.remarks>>[1]) =>
      ivtlr.remarks?.(ivtlr.space.parse(settings), model) ?? [];
    const interleavedLatent = { steps: 3, patches: 4, order: 'release', reuse: 'never', positions: 'model' } as const;
    expect(remarks({})).toEqual([]);
    expect(remarks({}, {})[0]).toContain('This model was not trained for interleaved latent steps');
    expect(remarks({ latentSteps: 0 }, {})).toEqual([]);
    expect(remarks({}, { interleavedLatent })).toEqual([]);
    expect(remarks({ latentSteps: 5 }, { interleavedLatent })).toEqual([
      'This model was trained with 3 latent steps; those after them, up to 5, are new to it.',
    ]);
  });
});

describe('R and F', () => {
  test('of each step, total and per row', async () => {
    const { steps } = await run(ivtlr.id);
    const points = stepPoints(steps, ivtlrView.shares);
    expect(points.map(({ step }) => step)).toEqual([1, 2, 3]);
    for (const { step, ratio, focus, keys } of points) {
      const { image, inserted, latents, text, answer, entropy } = ivtlrDetail(steps[step!])!.shares!;
      const [seen, others] = [image.sum + inserted.sum, latents.sum + text.sum + answer.sum];
      const [seenKeys, otherKeys] = [image.keys + inserted.keys, latents.keys + text.keys + answer.keys];
      expect(keys).toBe(seenKeys + otherKeys);
      expect(ratio.total).toBeCloseTo(seen / others, 9);
      expect(ratio.each).toBeCloseTo(seen / seenKeys / (others / otherKeys), 9);
      expect(focus.total).toBeCloseTo(1 / entropy, 4);
      expect(focus.each).toBeCloseTo(Math.log(keys) / entropy, 4);
    }
  });

  test('of the steps, and of the sentences of a run that wrote its steps out', async () => {
    const [own, explicit] = [await run(ivtlr.id), await run('cot', { attention: true })];
    const label = (id: string): string => METHODS.get(id).label;
    const series = attentionFor(own, [explicit], ivtlrView, 'Latent step', 'Own', label);
    expect(series.map(({ name }) => name)).toEqual(['Own', 'Step by step, sentences']);
    expect(series[0].points.map((point) => point.label)).toEqual(['Latent step 1', 'Latent step 2', 'Latent step 3']);
    expect(series[1].points[0].label).toBe('Sentence 1');
    expect(series[1].points).toHaveLength(sentencePoints(explicit).length);
    expect(attentionFor(await run('direct'), [], PLAIN_VIEW, '', 'Direct', label)).toEqual([]);
  });
});

describe('the cost of an answer', () => {
  test('counts latent steps and tokens in turn, and nothing of what was measured besides', async () => {
    const [plain, measured] = [await run(ivtlr.id), await run(ivtlr.id, { dependence: true, attention: true, controls: true })];
    const cost = runCost(plain, ivtlrView)!;
    expect(cost.sequential).toBe(3 + plain.streams.answer.tokens.length);
    expect(cost).toMatchObject({ passes: plain.finished!.totals.passes, rows: plain.finished!.totals.rows });
    expect(measured.finished!.totals.passes).toBeGreaterThan(cost.passes!);
    expect(runCost(measured, ivtlrView)).toMatchObject({ passes: cost.passes, rows: cost.rows, sequential: cost.sequential });
  });

  test('of a recording that does not tell its phases is unknown where more was measured, and of an unfinished run there is none', async () => {
    const bare = (state: RunState): RunState => {
      const { work: _, ...totals } = state.finished!.totals;
      return { ...state, finished: { ...state.finished!, totals } };
    };
    const plain = await run('direct');
    expect(runCost(bare(plain), PLAIN_VIEW)!.passes).toBe(plain.finished!.totals.passes);
    expect(runCost(bare(await run('direct', { dependence: true })), PLAIN_VIEW)).toMatchObject({ passes: null, rows: null });
    expect(runCost({ ...plain, finished: null }, PLAIN_VIEW)).toBeNull();
  });
});

describe('runs to compare with', () => {
  test('are the newest of each other method about the same, or made beside this one', async () => {
    const [own, direct, cot] = [await run(ivtlr.id), await run('direct'), await run('cot')];
    const store = createRanRuns();
    const found = (): (string | undefined)[] => comparable(own, store.getState().runs).map(({ started }) => started?.runId);
    const { add } = store.getState();
    add(own, null);
    add({ ...direct, started: { ...direct.started!, question: 'Another?' } }, null);
    add({ ...cot, finished: null }, null);
    expect(found()).toEqual([]);
    add({ ...direct, image: { ...direct.image!, preview: 'data:image/png;base64,AAAA' } }, own.started!.runId);
    add(cot, null);
    add({ ...cot, started: { ...cot.started!, runId: 'newer' } }, null);
    expect(found()).toEqual(['newer', 'direct']);
    expect(store.getState().runs.every(({ state }) => state.steps.length <= 1)).toBe(true);
  });
});
