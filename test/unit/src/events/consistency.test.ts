// Recordings that contradict themselves: each relation that a run guarantees, broken once, is named with its line.
import { describe, expect, test } from 'vitest';
import type { RunEvent, RunEventOf, StepEvent } from '../../../../src/events/events';
import { parseRecord } from '../../../../src/events/read-record';
import { writeRecord } from '../../../../src/events/record';
import { METHODS } from '../../../../src/methods/registry';
import type { SettingsRecord } from '../../../../src/settings/space';
import { toyRun } from '../../../fakes/jobs';
import { faultOf } from '../../../faults';

const events = await toyRun({ settings: { steps: 4, maxNewTokens: 6, patchesPerStep: 1 } });
const read = (run: readonly RunEvent[]) => parseRecord(writeRecord(run), METHODS).events;

/** The run with the `which`th event of a type changed. */
function changed<T extends RunEvent['type']>(
  type: T,
  change: (event: RunEventOf<T>) => object,
  which = 0,
): { run: RunEvent[]; line: number } {
  const at = events.indexOf(events.filter((event) => event.type === type)[which]);
  return { run: events.with(at, { ...events[at], ...change(structuredClone(events[at]) as RunEventOf<T>) }), line: at + 1 };
}

function expectRefused({ run, line }: { readonly run: readonly RunEvent[]; readonly line: number }, words: string): void {
  const { code, message } = faultOf(() => read(run));
  expect(code).toBe('PROTOCOL');
  expect(message).toContain(words);
  expect(message).toMatch(new RegExp(`^Line ${line} `));
}

/** Changes one think token of a step. */
const latent = (change: (one: StepEvent['latents'][number]) => object) => (step: StepEvent) => ({
  latents: step.latents.map((one, i) => (i === 0 ? { ...one, ...change(one) } : one)),
});
/** Changes the detail of a step; what DMLR alone tells. */
const detail = (change: (own: Record<string, never>) => object) => (step: StepEvent) => ({
  detail: { ...step.detail, ...change((step.detail ?? {}) as Record<string, never>) },
});
const settings = (change: SettingsRecord) => (event: RunEventOf<'started'>) => ({ settings: { ...event.settings, ...change } });

describe('what every run of this version writes is read', () => {
  test.each([
    ['dmlr', {}],
    ['dmlr', { startingReward: 'zero' }],
    ['dmlr', { rewardForm: 'code', measureUnperturbed: false }],
    ['dmlr', { initialPatches: 0, patchesPerStep: 0 }],
    ['dmlr', { budgetScope: 'latent', maxPatches: 3, layout: 'after-all' }],
    ['dmlr', { rewardThreshold: -100 }],
    ['dmlr', { steps: 0, baseline: 'none', dependence: false }],
    ['dmlr', { baseline: 'direct', prompt: 'release', temperature: 1, sigma: 3, learningRate: 1 }],
    ['dmlr', { latents: 1, scoredRows: 'latents-and-end', patchPositions: 'image', seed: 7 }],
    ['direct', {}],
    ['cot', { dependence: false }],
    ['cot', { attention: true }],
    ['ivtlr', { attention: true, latentSteps: 2 }],
    ['ivtlr', { controls: true, baseline: 'no-steps', dependence: false }],
    ['ivtlr', { textPart: false, patches: 7, order: 'paper' }],
  ] as const)('%s %j, whole or stopped after any event', async (method, more) => {
    const own = method === 'dmlr' ? { steps: 3 } : {};
    const run = await toyRun({ method: METHODS.get(method), settings: { maxNewTokens: 4, ...own, ...more } });
    expect(run.at(-1)).toMatchObject({ type: 'finished' });
    expect(read(run)).toEqual(run);
    for (let length = 1; length < run.length; length += 1) {
      const kept = run.slice(0, length);
      const step = kept.findLast((event): event is StepEvent => event.type === 'step')?.step ?? null;
      const stopped: RunEvent[] = [...kept, { type: 'cancelled', step }];
      expect(read(stopped)).toEqual(stopped);
    }
  });

  test('a run that failed, with any question', async () => {
    for (const question of ['', 'x'.repeat(10_001), 'Wa\u0301s <|im_end|> ist das?\r\n']) {
      const run = await toyRun({ question });
      expect(read(run)).toEqual(run);
    }
  });
});

describe('the end', () => {
  const phases = { read: 1, baseline: 1, think: 1, answer: 1, dependence: 1 };
  const totals = (changes: object) => ({ totals: { ms: 9, passes: 8, rows: 10, visionPasses: 1, bytesReadBack: 1, phases, ...changes } });
  test.each([
    ['bestStep', { bestStep: 999 }, 'best step is 999, and the run has 5 steps'],
    ['no bestStep', { bestStep: null }, 'best step is none'],
    ['bestReward', { bestReward: 0.123 }, 'best reward is 0.123'],
    ['answer', { answer: 'something else' }, 'answer is not that of its tokens'],
    ['baseline', { baseline: 'something else' }, 'baseline is not that of its tokens'],
    ['no baseline', { baseline: null, baselineCut: null }, 'baseline that was written is missing'],
    ['reason', { reason: 'threshold' }, 'threshold none'],
    ['other reason', { reason: 'tired' }, '"tired", which is none'],
    ['phases', totals({ ms: 1, phases: { ...phases, dependence: 9 } }), 'took 13 ms'],
    ['missing phase', totals({ phases: { read: 1 } }), 'time of a phase is missing'],
    ['work', totals({ work: { read: { passes: 1, rows: 1 } } }), 'passes of a phase are missing'],
  ])('%s', (_, change, words) => {
    expectRefused(
      changed('finished', () => change),
      words,
    );
  });

  test('without the last phase of its settings', () => {
    const at = events.findLastIndex((event) => event.type === 'phase');
    const end = events[events.length - 1];
    expectRefused({ run: [...events.slice(0, at), end], line: at + 1 }, 'finishes without its phase "dependence"');
  });

  test('a stop at a step that it had not reached', () => {
    const at = events.findLastIndex((event) => event.type === 'step') + 1;
    expectRefused(
      { run: [...events.slice(0, at), { type: 'cancelled', step: 2 }], line: at + 1 },
      'stopped at step 2, and its last step is 4',
    );
  });
});

describe('the beginning', () => {
  test.each([
    ['another seed', { seed: 7 }, 'seed is 7 and its setting seed 42'],
    ['a question of its own', { question: 'Is it another?' }, 'does not hold the question'],
  ])('%s', (name, change, words) => {
    const { run, line } = changed('started', () => change);
    expectRefused({ run, line: name === 'another seed' ? line : events.findIndex((event) => event.type === 'prompt') + 1 }, words);
  });

  test.each([
    ['unknown', { steps: 4, wings: 2 }, 'There is no setting "wings"'],
    ['out of range', { steps: 4000 }, 'steps cannot be "4000"'],
    ['against one another', { minPixels: 1_003_520 }, 'is above maxPixels'],
  ])('settings %s', (_, change, words) => {
    expectRefused(changed('started', settings(change)), words);
  });

  test.each([
    ['fewer think tokens', { latents: 3 }, 'prompt', '4 think tokens in 1 places; its settings allow 3'],
    ['fewer steps', { steps: 3 }, 'step', 'more than 4 steps'],
    ['shorter answers', { maxNewTokens: 2 }, 'token', 'more than 2 tokens'],
    ['no baseline', { baseline: 'none' }, 'phase', 'phase "baseline" comes where "think" should'.replace('phase', 'Phase')],
    ['no dependence', { dependence: false }, 'phase', 'comes where the end should'],
    ['another noise', { sigma: 0.2 }, 'step', 'has the sigma 0.1 where 0.2 should be'],
    ['fewer patches', { maxPatches: 2 }, 'step', 'patches; its settings allow 2'],
    ['a reward to beat of zero', { startingReward: 'zero' }, 'step', 'reward that is to be beaten at first'],
  ] as const)('settings of another run: %s', (_, change, type, words) => {
    const { message } = faultOf(() => read(changed('started', settings(change)).run));
    expect(message).toContain(words);
    const line = Number(/^Line (\d+)/.exec(message)?.[1]);
    expect(events[line - 1].type).toBe(type);
  });
});

describe('picture and prompt', () => {
  const tile = { x: 0, y: 0, width: 112, height: 84, rows: 3, columns: 4 };
  test.each([
    ['tiles that do not cover', { tiles: [{ ...tile, height: 56, rows: 2 }] }, 'leave a part of the picture'],
    [
      'a hole between tiles',
      {
        tiles: [
          { ...tile, width: 28, columns: 1 },
          { ...tile, x: 56, width: 56, columns: 2 },
        ],
      },
      'leave a part of the picture',
    ],
    [
      'a source of 1e12 pixels a side',
      { sourceWidth: 1e12, sourceHeight: 1e12 },
      '1000000000000 x 1000000000000 pixels; a run has at most 100000000',
    ],
    ['a source too narrow', { sourceWidth: 1, sourceHeight: 201 }, 'at most 200 times'],
    [
      'a preview of another size',
      { preview: `data:image/png;base64,${btoa('\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x20\0\0\0\x20')}` },
      'the preview has 32 x 32 pixels',
    ],
    ['a preview that is none', { preview: 'data:image/png;base64,AAAA' }, 'neither a PNG nor a JPEG'],
    ['a preview that is not base64', { preview: 'data:image/png;base64,AAAAA' }, 'neither a PNG nor a JPEG'],
  ])('%s', (_, change, words) => {
    const { message } = faultOf(() => read(changed('image', () => change).run));
    expect(message.toLowerCase()).toContain(words.toLowerCase());
    expect(message).toMatch(/^Line 2 /);
  });

  test.each([
    [
      'a gap',
      (segments: RunEventOf<'prompt'>['segments']) => segments.map((one, i) => (i === 1 ? { ...one, start: one.start + 1 } : one)),
      'starts at row',
    ],
    [
      'no end',
      (segments: RunEventOf<'prompt'>['segments']) => segments.map((one) => ({ ...one, role: one.role === 'tail' ? 'frame' : one.role })),
      '"tail"',
    ],
    [
      'rows of another image',
      (segments: RunEventOf<'prompt'>['segments']) => segments.map((one, i) => (i === 0 ? { ...one, role: 'image' } : one)),
      '12 image tokens',
    ],
  ] as const)('a prompt with %s', (_, change, words) => {
    expectRefused(
      changed('prompt', ({ segments }) => ({ segments: change(segments) })),
      words,
    );
  });

  test('a length that is not the sum of its segments', () => {
    expectRefused(
      changed('prompt', ({ length }) => ({ length: length + 1 })),
      'and its segments have',
    );
  });
});

describe('steps', () => {
  test.each([
    ['a count of patches', ({ patchCount }: StepEvent) => ({ patchCount: patchCount + 1 }), 'its think tokens have'],
    ['a best reward that falls', () => ({ bestReward: -5 }), 'best reward -5'],
    ['a best step that raised nothing', ({ isBest }: StepEvent) => ({ isBest: !isBest }), 'raised it'],
    ['a patch outside', latent(({ patches }) => ({ patches: [...patches.slice(1), 12] })), 'outside the image'],
    ['a patch twice', latent(({ patches }) => ({ patches: [patches[1], patches[1]] })), 'twice for one think token'],
    ['a patch added that it does not have', latent(() => ({ added: [11, 11] })), 'does not have'],
    ['attention below 0', latent(({ attention }) => ({ attention: attention.with(0, -1) })), 'below 0'],
    ['attention above 1', latent(({ attention }) => ({ attention: attention.map(() => 1) })), 'adds up to 12'],
    ['a token outside the vocabulary', latent(({ topTokens }) => ({ topTokens: [{ ...topTokens[0], id: 40 }] })), 'vocabulary of 40'],
    ['tokens out of order', latent(({ topTokens }) => ({ topTokens: topTokens.toReversed() })), 'not in order'],
    ['a token twice', latent(({ topTokens }) => ({ topTokens: [topTokens[0], topTokens[0]] })), 'twice'],
    ['sigma', detail(() => ({ sigma: 5 })), 'sigma 5'],
    ['drift', detail(() => ({ driftFromStart: 99 })), 'drifted by 99'],
    [
      'a rejection',
      detail(({ latents }) => ({ latents: (latents as { rejected: number[] }[]).map((one) => ({ ...one, rejected: [3, 4] })) })),
      'turned down other patches',
    ],
    [
      'a candidate kept that beat nothing',
      detail(({ candidates }) => ({
        candidates: (candidates as { accepted: boolean }[]).map((one) => ({ ...one, accepted: !one.accepted })),
      })),
      'had to be beaten',
    ],
    ['candidates out of order', detail(({ candidates }) => ({ candidates: (candidates as object[]).toReversed() })), 'out of their order'],
    [
      'another reward for a candidate',
      detail(({ candidates }) => ({ candidates: (candidates as object[]).map((one) => ({ ...one, reward: 50, accepted: true })) })),
      'that was kept',
    ],
    ['a kind of another method', () => ({ detail: { kind: 'other' } }), 'detail.kind'],
  ] as const)('%s', (_, change, words) => {
    // The last step: whatever it says, the ones before are right.
    expectRefused(changed('step', change, 4), words);
  });

  test('a start that has moved', () => {
    expectRefused(
      changed(
        'step',
        detail(() => ({ updateNorm: 1 })),
      ),
      'it is the start',
    );
  });
});

describe('tokens and their dependence', () => {
  test.each([
    ['an id outside the vocabulary', 'token', { id: 40 }, 'vocabulary of 40'],
    ['another stream than is written', 'token', { stream: 'answer' }, 'does not belong'],
    ['a token out of order', 'token', { index: 1 }, 'comes where 0 should'],
    ['a difference that is none', 'dependence', { value: 9 }, 'not the difference'],
    ['a token out of order', 'dependence', { index: 1 }, 'comes where that of 0 should'],
    ['a token that is not there', 'dependence', { index: 7 }, 'there is no token 7'],
    ['the answer first', 'dependence', { stream: 'answer' }, 'before that of the baseline'],
  ] as const)('%s: %s', (_, type, change, words) => {
    const { run, line } = changed(type, () => change);
    const { message } = faultOf(() => read(run));
    expect(message.toLowerCase()).toContain(words);
    expect(message).toMatch(new RegExp(`^Line ${line} `));
  });

  test('a token whose dependence is missing', () => {
    const run = events.toSpliced(events.length - 2, 1);
    expectRefused({ run, line: run.length }, 'image dependence of 1 tokens of "answer" is missing');
  });
});
