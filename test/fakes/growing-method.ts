// A method that only tests know: no reward, a think token more at each step, and a detail of its own.
import * as v from 'valibot';
import { defineMethod } from '../../src/methods/method';
import { createRegistry } from '../../src/methods/method-registry';
import { METHODS } from '../../src/methods/registry';
import { PROMPT_FORMS } from '../../src/prompt/forms';
import { integer } from '../../src/settings/field';

export const growing = defineMethod({
  id: 'growing',
  label: 'Growing',
  help: 'Takes one more think token at each step.',
  fields: { rounds: integer({ label: 'Rounds', help: 'Steps it takes.', group: 'Growing', default: 3, min: 1, max: 9 }) },
  prompt: () => PROMPT_FORMS.direct,
  steps: ({ rounds }) => rounds,
  detail: v.object({ kind: v.literal('growing'), size: v.number() }),
  columns: () => ({ names: ['size'], cells: ({ latents }) => [latents.length] }),
  async *think({ context, settings: { rounds }, random }) {
    const numbers = random('growing');
    for (let step = 0; step <= rounds; step++) {
      const latents = Array.from({ length: step }, () => ({
        patches: [step],
        added: [step],
        attention: [],
        topTokens: [{ id: 1, text: ' red', probability: numbers.uniform() }],
      }));
      const none = { reward: null, bestReward: null, isBest: false, entropy: null, topProbability: null };
      yield { type: 'step', step, ...none, patchCount: step, latents, detail: { kind: 'growing', size: step }, ms: 1 };
    }
    return { context, rows: [], reason: 'grown-up', bestStep: null, bestReward: null };
  },
});

/** The methods that come with Noema, and this one. */
export const WITH_GROWING = createRegistry([...METHODS.list, growing]);
