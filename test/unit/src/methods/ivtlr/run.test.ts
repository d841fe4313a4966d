// Whole runs of interleaved latent reasoning on the toy model: their steps, tables and recordings, and recordings that contradict them.
import { describe, expect, test } from 'vitest';
import { stepsTable } from '../../../../../src/events/csv';
import type { RunEvent, StepEvent } from '../../../../../src/events/events';
import { foldRun } from '../../../../../src/events/fold';
import { parseRecord } from '../../../../../src/events/read-record';
import { writeRecord } from '../../../../../src/events/record';
import { openStream } from '../../../../../src/math/streams';
import { type IvtlrDetail, ivtlrDetail } from '../../../../../src/methods/ivtlr/detail';
import { ivtlr } from '../../../../../src/methods/ivtlr/ivtlr';
import { METHODS } from '../../../../../src/methods/registry';
import type { LatentModel } from '../../../../../src/model/latent-model';
import { runPipeline } from '../../../../../src/run/pipeline';
import type { SettingsRecord } from '../../../../../src/settings/space';
import { collect, jobWith, toyRun } from '../../../../fakes/jobs';
import { faultOf } from '../../../../faults';
import { toyModel } from '../../../../fakes/toy-model';

const TRAINED = { steps: 2, patches: 3, order: 'paper', reuse: 'never', positions: 'sequence' } as const;
const runWith = (settings: SettingsRecord = {}): Promise<RunEvent[]> =>
  toyRun({ method: ivtlr, settings: { maxNewTokens: 3, ...settings } });
const stepsOf = (events: readonly RunEvent[]): readonly StepEvent[] => events.filter((event) => event.type === 'step');
const detailsOf = (events: readonly RunEvent[]): readonly IvtlrDetail[] =>
  stepsOf(events).flatMap((step) => {
    const detail = ivtlrDetail(step);
    return detail === null ? [] : [detail];
  });

/** The toy model as if it had been trained for latent steps. */
const trainedModel = () => Object.assign(toyModel(), { info: { ...toyModel().info, interleavedLatent: TRAINED } });

describe('a run', () => {
  test('tells the start and each step, and answers after the last', async () => {
    const events = await runWith({ dependence: false });
    const steps = stepsOf(events);
    expect(steps.map(({ step, patchCount, latents }) => [step, patchCount, latents.length])).toEqual([
      [0, 0, 0],
      [1, 4, 1],
      [2, 8, 2],
      [3, 12, 3],
    ]);
    const [start, first, , last] = detailsOf(events);
    expect(start).toMatchObject({
      trained: null,
      picks: [],
      allowed: 12,
      covered: 0,
      shares: null,
      hiddenNorm: null,
      passes: 0,
      rowsRead: 0,
    });
    expect(first.picks.map(({ patch }) => patch)).toEqual(steps[1].latents[0].patches);
    // Read so far: five rows of the closing, then five of each step.
    expect(detailsOf(events).map(({ rows, passes, rowsRead }) => [rows - start.rows, passes, rowsRead])).toEqual([
      [0, 0, 0],
      [5, 1, 5],
      [10, 2, 10],
      [15, 3, 15],
    ]);
    expect(last).toMatchObject({ allowed: 4, covered: 12 });
    expect(steps[3].latents[2].topTokens).toHaveLength(10);
    expect(events.at(-1)).toMatchObject({ type: 'finished', reason: 'steps', bestStep: 3, bestReward: null, baseline: null });
  });

  test('the answer follows the steps’ rows and nothing else', async () => {
    const model = toyModel();
    const spoken: string[][] = [];
    const generate: LatentModel['generate'] = (context, rows, ...rest) => {
      spoken.push([...context.appended, ...rows].map(({ kind }) => kind));
      return model.generate(context, rows, ...rest);
    };
    const listening = Object.assign(Object.create(model) as typeof model, { generate });
    await collect(
      runPipeline(jobWith(listening, { method: ivtlr, settings: { latentSteps: 2, patches: 1, maxNewTokens: 1, dependence: false } })),
    );
    const closing = Array.from({ length: 5 }, () => 'token');
    expect(spoken).toEqual([[...closing, 'image', 'vector', 'image', 'vector']]);
  });

  test('takes what the model was trained with: steps, order, and the positions of its prompt', async () => {
    const model = trainedModel();
    const readings: unknown[] = [];
    const prefill: LatentModel['prefill'] = (prompt, ...rest) => {
      readings.push(prompt.reading);
      return model.prefill(prompt, ...rest);
    };
    const job = jobWith(Object.assign(Object.create(model) as typeof model, { prefill }), {
      method: ivtlr,
      settings: { dependence: false },
    });
    const events = await collect(runPipeline(job));
    expect(readings).toEqual([{ positions: 'sequence', image: 'features' }]);
    expect(detailsOf(events).map(({ trained, plan }) => [trained, plan.steps, plan.order])).toEqual(
      [0, 1, 2].map(() => [TRAINED, 2, 'paper']),
    );
    expect(events[0]).toMatchObject({ model: { interleavedLatent: TRAINED } });
    expect(parseRecord(writeRecord(events), METHODS).events).toEqual(events);
    expect(ivtlr.steps?.(ivtlr.space.defaults, { interleavedLatent: TRAINED })).toBe(2);
  });

  test('what cannot be fails the run in a sentence, and everything is released', async () => {
    const model = toyModel();
    const events = await collect(runPipeline(jobWith(model, { method: ivtlr, settings: { patches: 13 } })));
    expect(events.at(-1)).toMatchObject({
      type: 'failed',
      error: { code: 'BAD_INPUT', message: 'Each step should insert 13 patches, and this picture has 12 image tokens.' },
    });
    expect(model.open()).toBe(0);
  });

  test('has a table of its steps', async () => {
    const [header, start, first] = stepsTable(foldRun(await runWith()), ivtlr.columns?.(ivtlr.space.defaults));
    const cell = (row: readonly unknown[], name: string): unknown => row[header.indexOf(name)];
    expect(cell(first, 'picked')).toBe('0 5 8 1');
    expect(cell(start, 'attention_ratio')).toBeNull();
    const [image, latents, text] = ['attention_image', 'attention_latents', 'attention_text'].map((name) => Number(cell(first, name)));
    expect(cell(first, 'attention_ratio')).toBeCloseTo(image / (text + latents), 12);
    for (const row of [start, first]) expect(row).toHaveLength(header.length);
  });
});

test('runs of many settings are read back, and nothing stays open', async () => {
  const settings: readonly SettingsRecord[] = [
    { order: 'paper', reuse: 'always', patches: 12, latentSteps: 8 },
    { order: 'release', reuse: 'next-step-only', patches: 5, latentSteps: 4, positions: 'sequence' },
    { patchChoice: 'random', reuse: 'never', latentSteps: 6 },
    { patchChoice: 'all', reuse: 'always', controls: true },
    { textPart: false, patches: 5, latentSteps: 8, controls: true },
    { visionPart: false, controls: true, attention: true },
    { textPart: false, visionPart: false, controls: true },
    { latentSteps: 0, controls: true, attention: true },
    { baseline: 'no-steps', attention: true, latentSteps: 1 },
    { baseline: 'direct', temperature: 1, controls: true },
  ];
  for (const own of settings) {
    const model = toyModel();
    const events = await collect(runPipeline(jobWith(model, { method: ivtlr, settings: { maxNewTokens: 3, ...own } })));
    expect(events.at(-1), JSON.stringify(own)).toMatchObject({ type: 'finished' });
    expect(parseRecord(writeRecord(events), METHODS).events).toEqual(events);
    expect(model.open()).toBe(0);
  }
});

describe('a recording that contradicts the method is refused', async () => {
  const events = await runWith({ reuse: 'never', patches: 3 });
  /** The run with the detail or the fields of its `step`th step changed. */
  const changed = (step: number, change: (detail: IvtlrDetail, event: StepEvent) => object): string => {
    const at = events.findIndex((event) => event.type === 'step' && event.step === step);
    const event = structuredClone(events[at]) as StepEvent;
    const detail = ivtlrDetail(event) as IvtlrDetail;
    const changes = change(detail, event);
    return writeRecord(events.with(at, { ...event, detail, ...changes }));
  };
  const swapped = <T>([a, b, ...rest]: readonly T[]): T[] => [b, a, ...rest];
  const newest = (event: StepEvent, change: (one: StepEvent['latents'][number]) => object): object => ({
    latents: event.latents.map((one, index) => (index === event.latents.length - 1 ? { ...one, ...change(one) } : one)),
  });

  test.each<[string, number, (detail: IvtlrDetail, event: StepEvent) => object, string]>([
    [
      'a plan that is not that of its settings',
      0,
      (detail) => ({ detail: { ...detail, plan: { ...detail.plan, patches: 4 } } }),
      'patches 4 where',
    ],
    ['another order than its model’s', 0, (detail) => ({ detail: { ...detail, plan: { ...detail.plan, order: 'paper' } } }), 'order paper'],
    ['a plan that changes', 2, (detail) => ({ detail: { ...detail, plan: { ...detail.plan, reuse: 'always' } } }), 'another plan'],
    ['a start that has read', 0, (detail) => ({ detail: { ...detail, passes: 1 } }), 'it is the start'],
    ['no shares', 1, (detail) => ({ detail: { ...detail, shares: null } }), 'does not tell what its row attends to'],
    [
      'shares of more than 1',
      1,
      (detail) => ({ detail: { ...detail, shares: detail.shares && { ...detail.shares, text: { ...detail.shares.text, sum: 1 } } } }),
      'a share of 1',
    ],
    [
      'shares over other rows',
      1,
      (detail) => ({ detail: { ...detail, shares: detail.shares && { ...detail.shares, text: { ...detail.shares.text, keys: 50 } } } }),
      'rows where there are',
    ],
    ['rows that do not add up', 2, (detail) => ({ detail: { ...detail, rows: detail.rows + 1 } }), 'rows after'],
    ['a pass too many', 2, (detail) => ({ detail: { ...detail, passes: 4 } }), 'passes where 2 should'],
    [
      'picks that were not added',
      1,
      (detail) => ({ detail: { ...detail, picks: swapped(detail.picks) } }),
      'other patches than those it added',
    ],
    [
      'picks out of order',
      1,
      (detail, event) => ({
        detail: { ...detail, picks: swapped(detail.picks) },
        ...newest(event, ({ patches }) => ({ patches: swapped(patches), added: swapped(patches) })),
      }),
      'not in the order of their attention',
    ],
    [
      'an attention that its list does not have',
      1,
      (detail) => ({ detail: { ...detail, picks: detail.picks.map((pick) => ({ ...pick, attention: 0.5 })) } }),
      'another attention',
    ],
    ['a choice from fewer', 1, (detail) => ({ detail: { ...detail, allowed: 11 } }), 'and says 11'],
    ['another coverage', 2, (detail) => ({ detail: { ...detail, covered: 5 } }), '5 image tokens are covered'],
    [
      'patches of an earlier step',
      2,
      (_, event) => ({ latents: event.latents.map((one, index) => (index === 0 ? { ...one, patches: swapped(one.patches) } : one)) }),
      'changes the patches of step 1',
    ],
  ])('%s', (_, step, change, words) => {
    const { code, message } = faultOf(() => parseRecord(changed(step, change), METHODS));
    expect(code).toBe('PROTOCOL');
    expect(message).toContain(words);
    expect(message).toContain(`Step ${step} `);
  });

  test('patches that were inserted before, and ones with less attention than others', () => {
    const again = changed(2, (detail, event) => {
      const [first] = event.latents[0].patches;
      const { attention } = event.latents[1];
      const patches = [first, ...event.latents[1].patches.slice(1)].sort((a, b) => attention[b] - attention[a]);
      return {
        detail: { ...detail, covered: 5, picks: patches.map((patch) => ({ patch, attention: attention[patch] })) },
        ...newest(event, () => ({ patches, added: patches })),
      };
    });
    expect(faultOf(() => parseRecord(again, METHODS)).message).toContain('again, which its plan does not allow');
    const less = changed(1, (detail, event) => {
      const { attention } = event.latents[0];
      const patches = attention.map((_, patch) => patch).sort((a, b) => attention[a] - attention[b]);
      const least = patches.slice(0, 3).reverse();
      return {
        detail: { ...detail, picks: least.map((patch) => ({ patch, attention: attention[patch] })) },
        ...newest(event, () => ({ patches: least, added: least })),
      };
    });
    expect(faultOf(() => parseRecord(less, METHODS)).message).toContain('which has more attention than some that it chose');
  });

  test.each([
    ['another best step', { bestStep: 1 }, 'best step is 1 where 3'],
    ['a reason that is none', { reason: 'threshold' }, 'none of its method'],
    ['patches that were not used up', { reason: 'patches-used-up' }, 'had more to append'],
  ])('at its end: %s', (_, change, words) => {
    const end = { ...events.at(-1), ...change } as RunEvent;
    expect(faultOf(() => parseRecord(writeRecord([...events.slice(0, -1), end]), METHODS)).message).toContain(words);
  });
});

test('the same seed draws the same patches, another seed others', async () => {
  const picked = async (seed: number) => detailsOf(await runWith({ patchChoice: 'random', seed })).map(({ picks }) => picks);
  expect(await picked(1)).toEqual(await picked(1));
  expect(await picked(1)).not.toEqual(await picked(2));
  const numbers = openStream(1, 'patches');
  const [, first] = await picked(1);
  expect(first[0].patch).toBe(Math.floor(12 * numbers.uniform()));
});
