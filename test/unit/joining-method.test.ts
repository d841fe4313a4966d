// A method of a few lines joins with its settings, its command-line option and its recordings, and no other file is changed.
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { fault } from '../../src/errors';
import { parseRecord, writeRecord } from '../../src/events/record';
import { foldRun } from '../../src/events/fold';
import { defineMethod } from '../../src/methods/method';
import { createRegistry, METHODS } from '../../src/methods/registry';
import type { Row } from '../../src/model/latent-model';
import { PROMPT_FORMS } from '../../src/prompt/forms';
import { runPipeline } from '../../src/run/pipeline';
import { integer } from '../../src/settings/field';
import { parseAsk, settingsList } from '../../web/cli/usage';
import { collect, jobWith } from '../fakes/jobs';
import { toyModel } from '../fakes/toy-model';

/** Feeds the last hidden state back as the next row, a few times (Coconut in small). */
const echo = defineMethod({
  id: 'echo',
  label: 'Echo',
  help: 'Feeds its last hidden state back a few times before it answers.',
  fields: { rounds: integer({ label: 'Rounds', help: 'How often.', group: 'Echo', default: 2, min: 0, max: 8 }) },
  prompt: () => PROMPT_FORMS.direct,
  steps: ({ rounds }) => rounds,
  detail: v.object({ kind: v.literal('echo'), length: v.number() }),
  async *think({ model, context, settings, signal, random }) {
    let [now, row]: [typeof context, Row] = [context, { kind: 'token', id: model.info.thinkToken.id }];
    for (let step = 1; step <= settings.rounds; step++) {
      const { reading, context: longer } = await model.advance(now, { rows: [row], logitRows: [0] }, { topK: 1, hidden: true }, signal);
      if (now !== context) now.release();
      [now, row] = [longer, { kind: 'vector', data: reading.hidden.map((value) => value + random('echo').uniform() / 100) }];
      const detail = { kind: 'echo', length: longer.length };
      const unknown = { reward: null, bestReward: null, isBest: false, entropy: reading.entropy[0], topProbability: null, patchCount: 0 };
      yield { type: 'step', step: step - 1, ...unknown, latents: [], detail, ms: 0 };
    }
    return { context: now, rows: [row], reason: 'echoed', bestStep: null, bestReward: null };
  },
});

const methods = createRegistry([...METHODS.list, echo]);

test('it runs, keeps what it reads, and its answer depends on the picture', async () => {
  const model = toyModel();
  const events = await collect(runPipeline(jobWith(model, { method: methods.get('echo'), settings: { rounds: 3, maxNewTokens: 3 } })));
  const state = foldRun(events);
  expect(state.finished).toMatchObject({ reason: 'echoed', bestStep: null });
  expect(state.steps.map((step) => step.detail?.['length'])).toEqual(
    [1, 2, 3].map((more) => (state.prompt?.segments[0].length ?? 0) + more),
  );
  expect(state.streams.answer.dependence.some((entry) => Math.abs(entry?.value ?? 0) > 0)).toBe(true);
  expect(model.open()).toBe(0);
});

test('its recordings are read where it is known, and refused in words where it is not', async () => {
  const events = await collect(runPipeline(jobWith(toyModel(), { method: echo, settings: { rounds: 1 } })));
  const text = writeRecord(events);
  expect(parseRecord(text, methods).events).toEqual(events);
  expect(() => parseRecord(text, METHODS)).toThrow('It was made with the method "echo"; this version of Noema knows dmlr, direct, cot.');
  expect(() => parseRecord(text.replace('"kind":"echo","length":', '"kind":"echo","width":'), methods)).toThrow('detail.length');
});

test('the command line takes it and lists its settings', () => {
  const request = ['--image', 'cat.png', '--question', 'What is it?', '--method', 'echo', '--set', 'rounds=5'];
  expect(parseAsk(request, methods)).toMatchObject({ method: 'echo', settings: { rounds: 5 } });
  expect(() => parseAsk(request)).toThrow('dmlr');
  expect(settingsList(echo)).toContain('rounds');
});

test('a fault of its own ends the run as any other', async () => {
  const broken = defineMethod({
    id: 'broken',
    label: 'Broken',
    help: 'Fails.',
    fields: {},
    prompt: () => PROMPT_FORMS.direct,
    async *think() {
      yield* [];
      throw fault('BAD_INPUT', 'It broke.', 'Mend it.');
    },
  });
  const events = await collect(runPipeline(jobWith(toyModel(), { method: broken, settings: {} })));
  expect(events.at(-1)).toMatchObject({ type: 'failed', error: { message: 'It broke.' } });
});
