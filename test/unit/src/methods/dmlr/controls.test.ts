// Controls of a thought: what each decodes, that the run itself stays as it was, and what is said to have made the difference.
import { describe, expect, test } from 'vitest';
import type { RunEventOf } from '../../../../../src/events/events';
import { foldRun } from '../../../../../src/events/fold';
import { parseRecord } from '../../../../../src/events/read-record';
import { writeRecord } from '../../../../../src/events/record';
import { attribute, DMLR_CONTROLS } from '../../../../../src/methods/dmlr/attribution';
import { METHODS } from '../../../../../src/methods/registry';
import type { Row } from '../../../../../src/model/latent-model';
import { optimise } from '../../../../fakes/dmlr-run';
import { collect, jobWith, toyRun } from '../../../../fakes/jobs';
import { HIDDEN, toyModel } from '../../../../fakes/toy-model';
import { runPipeline } from '../../../../../src/run/pipeline';
import { faultOf } from '../../../../faults';

const SETTINGS = {
  steps: 4,
  maxNewTokens: 6,
  sigma: 1,
  learningRate: 0.5,
  updateRule: 'normalised',
  samples: 4,
  antithetic: true,
  latentsCompete: true,
} as const;
const vectors = (rows: readonly Row[]): number[] => rows.flatMap((row) => (row.kind === 'vector' ? [...row.data] : []));
const patches = (rows: readonly Row[]): number[] => rows.flatMap((row) => (row.kind === 'image' ? [row.index] : []));
const distance = (a: readonly number[], b: readonly number[]): number => Math.hypot(...a.map((value, i) => value - b[i]));

test('each control leaves out or replaces what it says, and nothing else', async () => {
  const { result, model, steps } = await optimise({ ...SETTINGS, controls: true });
  const controls = Object.fromEntries(((await result.controls?.()) ?? []).map((control) => [control.id, control]));
  const start = [...(await model.embed(new Uint32Array(4).fill(model.info.thinkToken.id)))];
  const [moved, all] = [vectors(result.rows), patches(result.rows)];
  expect(distance(moved, start)).toBeGreaterThan(0.1);
  const inserted = steps[0].latents.flatMap((latent) => latent.patches);
  expect(all.length).toBeGreaterThan(inserted.length);
  expect(vectors(controls['start'].rows)).toEqual(start);
  expect(patches(controls['start'].rows)).toEqual([]);
  expect([vectors(controls['start-patches'].rows), patches(controls['start-patches'].rows)]).toEqual([start, inserted]);
  expect([vectors(controls['patches'].rows), patches(controls['patches'].rows)]).toEqual([start, all]);
  expect([vectors(controls['latents'].rows), patches(controls['latents'].rows)]).toEqual([moved, []]);
  expect(controls['result'].rows).toEqual(result.rows);
  expect(controls['result'].reward).toBe(result.bestReward);
  const random = vectors(controls['random-latents'].rows);
  expect(distance(random, start)).toBeCloseTo(distance(moved, start), 4);
  expect(distance(random, moved)).toBeGreaterThan(0.5 * distance(moved, start));
  expect(random).toHaveLength(4 * HIDDEN);
  expect(patches(controls['random-patches'].rows)).toHaveLength(all.length);
  expect(patches(controls['random-patches'].rows)).not.toEqual(all);
  expect(vectors(controls['random-patches'].rows)).toEqual(moved);
});

describe('in a run', () => {
  test('come after the answer, in order, and change nothing of the run', async () => {
    const without = await toyRun({ settings: SETTINGS });
    const events = await toyRun({ settings: { ...SETTINGS, controls: true } });
    const found = events.filter((event) => event.type === 'control');
    expect(found.map(({ control }) => control)).toEqual(DMLR_CONTROLS.map(({ id }) => id));
    const told = (all: typeof events) => all.filter(({ type }) => type === 'token' || type === 'dependence');
    expect(told(events)).toEqual(told(without));
    // The run's own sequence, decoded again, says the same, and as likely as its tokens were.
    const result = found.find(({ control }) => control === 'result');
    const { answer, tokens } = { answer: foldRun(events).finished?.answer, tokens: foldRun(events).streams.answer.tokens };
    expect(result?.answer).toBe(answer);
    expect(result?.logprob).toBeCloseTo(
      tokens.reduce((sum, { logprob }) => sum + logprob, 0),
      5,
    );
    expect(foldRun(events).controls).toEqual(found);
    expect(parseRecord(writeRecord(events), METHODS)).toEqual({ events, cutOff: false });
  });

  test('a control left out, or in another place, is found when the recording is read', async () => {
    const events = await toyRun({ settings: { ...SETTINGS, controls: true } });
    const without = events.filter((event) => event.type !== 'control' || event.control !== 'patches');
    expect(faultOf(() => parseRecord(writeRecord(without), METHODS)).message).toContain('ontrol "latents" comes where "patches" should');
  });

  test('end with the run when it is stopped', async () => {
    const signal = { aborted: false };
    const model = toyModel();
    const events = [];
    for await (const event of runPipeline(jobWith(model, { settings: { ...SETTINGS, controls: true }, signal }))) {
      events.push(event);
      if (event.type === 'control') signal.aborted = true;
    }
    expect(events.filter(({ type }) => type === 'control')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ type: 'cancelled' });
    expect(model.open()).toBe(0);
  });

  test('of the released loop too', async () => {
    const { settings } = METHODS.get('dmlr').presets.find(({ id }) => id === 'release-v1') ?? {};
    const events = await collect(
      runPipeline(jobWith(toyModel(), { settings: { ...settings, steps: 3, sigma: 1, maxNewTokens: 4, controls: true } })),
    );
    expect(events.filter(({ type }) => type === 'control')).toHaveLength(DMLR_CONTROLS.length);
    expect(events.at(-1)).toMatchObject({ type: 'finished' });
  });
});

describe('what made the difference', () => {
  const controls = (answers: readonly [string, string, string, string, string], rewards = [0, 1, 3, 0, 7]): RunEventOf<'control'>[] =>
    ['start', 'start-patches', 'patches', 'latents', 'result'].map((control, i) => ({
      type: 'control',
      control,
      reward: rewards[i],
      answer: answers[i],
      answerCut: false,
      logprob: -1,
    }));
  const of = (...answers: Parameters<typeof controls>[0]) => attribute(controls(answers), ({ answer }) => answer)?.answer;

  test.each([
    [['a', 'a', 'a', 'a', 'a'], 'none'],
    [['a', 'b', 'b', 'a', 'b'], 'start-patches'],
    [['a', 'a', 'b', 'a', 'b'], 'added-patches'],
    [['a', 'b', 'a', 'b', 'b'], 'latents'],
    [['a', 'a', 'a', 'b', 'b'], 'latents'],
    [['a', 'c', 'c', 'a', 'b'], 'both'],
  ] as const)('%j: %s', (answers, cause) => {
    expect(of(...(answers as [string, string, string, string, string]))).toBe(cause);
  });

  test('the parts of the reward add up to its change', () => {
    const { reward } = attribute(controls(['a', 'a', 'a', 'a', 'a']), ({ answer }) => answer) ?? {};
    expect(reward).toEqual({ startPatches: 1, addedPatches: 2, latents: 4 });
  });

  test('nothing is said where a control is missing', () => {
    expect(attribute(controls(['a', 'a', 'a', 'a', 'a']).slice(1), ({ answer }) => answer)).toBeNull();
  });
});
