// Attention of one latent over the image tokens, in every layer and head, read in one pass.
import { fault } from '../errors';
import type { Exploration, ExploreEvent } from './exploration';
import { thinkTokensOf, type OpenThought } from './replay';

/**
 * Reads a sequence once more: the decoded one, or that of a step, without perturbation and with the patches it had then.
 * @throws EngineFault BAD_INPUT where there is no picture, no such latent, or the step's vectors were not kept
 */
export async function* exploreHeads(
  thought: OpenThought,
  { step, latent }: Extract<Exploration, { kind: 'heads' }>,
): AsyncGenerator<ExploreEvent, void, undefined> {
  const { model, context, trace, signal } = thought;
  const { decoded, probe } = thinkTokensOf(thought);
  const block = step === null ? decoded : trace.blocks.at(step);
  if (block === undefined) {
    throw fault(
      'BAD_INPUT',
      `The think tokens of step ${String(step)} were too many to keep.`,
      `Choose a step up to ${trace.blocks.length - 1}.`,
    );
  }
  const { layers, heads } = model.info;
  const row = probe.latentRows(block).at(latent);
  if (row === undefined || context.image === null) {
    throw fault('BAD_INPUT', 'There is no such think token, or no picture to attend to.', 'Choose another think token.');
  }
  const candidate = { rows: probe.rows(block), logitRows: [row], attentionRows: [row] };
  const [{ attention }] = await model.forward(context, [candidate], { topK: 1, attention: 'heads' }, signal);
  yield { type: 'heads', layers, heads, attention };
}
