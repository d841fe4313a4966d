// Chooses the next token of an answer from what a pass tells of its last row: greedily, by sampling, after a hook.
import { fault } from '../../src/errors';
import type { GenerateOptions, Sampling } from '../../src/model/latent-model';
import type { PassResult } from '../decoder/decoder';
import { factsFromLogits, type RowFacts } from '../decoder/row-facts';
import { MOST_TOP } from './checks';

export interface Chosen {
  readonly id: number;
  /** ln p under the full vocabulary, at temperature 1 and after the hook. */
  readonly logprob: number;
}

/** What a pass must tell for a token to be chosen: the few largest logits, or all of them for a hook. */
export function logitsWanted(
  { sampling, hook }: Pick<GenerateOptions, 'sampling' | 'hook'>,
  barred: ReadonlySet<number>,
): { readonly topK: number; readonly allLogits: boolean } {
  return { topK: barred.size > 0 ? MOST_TOP : (sampling?.topK ?? 1), allLogits: hook !== undefined };
}

/** The next token. Throws BAD_INPUT when every token that could be chosen is barred. */
export async function chooseToken(
  result: Pick<PassResult, 'facts' | 'logits'>,
  { sampling, hook }: GenerateOptions,
  barred: ReadonlySet<number>,
  index: number,
): Promise<Chosen> {
  let facts: RowFacts = result.facts;
  if (hook) {
    await hook(result.logits, index);
    facts = factsFromLogits(result.logits, 1, Math.min(MOST_TOP, result.logits.length), null);
  }
  const allowed = Array.from(facts.topIds, (id, rank) => ({ id, logit: facts.topLogits[rank] })).filter(({ id }) => !barred.has(id));
  if (allowed.length === 0) {
    throw fault(
      'BAD_MODEL',
      `The ${facts.topIds.length} most likely tokens are all barred from an answer.`,
      'Use another export of the model.',
    );
  }
  const { id, logit } = sampling ? draw(allowed, sampling) : allowed[0];
  return { id, logprob: logit - facts.logSumExp[0] };
}

interface Option {
  readonly id: number;
  readonly logit: number;
}

/** `options` in descending order of their logits. One uniform number is drawn for every token. */
function draw(options: readonly Option[], { temperature, topK, topP, random }: Sampling): Option {
  const few = options.slice(0, topK);
  const weights = few.map(({ logit }) => Math.exp((logit - few[0].logit) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let count = 0;
  let held = 0;
  while (count < few.length && (count === 0 || held < topP * total)) held += weights[count++];
  let left = random.uniform() * held;
  for (let rank = 0; rank < count; rank += 1) {
    left -= weights[rank];
    if (left < 0) return few[rank];
  }
  return few[count - 1];
}
