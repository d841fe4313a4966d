// A method that feeds its own hidden states back: what it keeps, what its answer depends on, and how it fails.
import * as v from 'valibot';
import { expect, test } from 'vitest';
import { fault } from '../../../../src/errors';
import { foldRun } from '../../../../src/events/fold';
import { defineMethod } from '../../../../src/methods/method';
import type { Row } from '../../../../src/model/latent-model';
import { PROMPT_FORMS } from '../../../../src/prompt/forms';
import { runPipeline } from '../../../../src/run/pipeline';
import { integer } from '../../../../src/settings/field';
import { collect, jobWith } from '../../../fakes/jobs';
import { toyModel } from '../../../fakes/toy-model';

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

test('it runs, keeps what it reads, and its answer depends on the picture', async () => {
  const model = toyModel();
  const events = await collect(runPipeline(jobWith(model, { method: echo, settings: { rounds: 3, maxNewTokens: 3 } })));
  const state = foldRun(events);
  expect(state.finished).toMatchObject({ reason: 'echoed', bestStep: null });
  expect(state.steps.map((step) => step.detail?.['length'])).toEqual(
    [1, 2, 3].map((more) => (state.prompt?.segments[0].length ?? 0) + more),
  );
  expect(state.streams.answer.dependence.some((entry) => Math.abs(entry?.value ?? 0) > 0)).toBe(true);
  expect(model.open()).toBe(0);
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
