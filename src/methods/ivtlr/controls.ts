// What each part of the latent steps is worth: the same answer after steps without it, or with something in its place that says nothing.
import { norm } from '../../math/stats';
import { normalArray, type Random } from '../../math/random';
import type { Context, LatentModel, Row } from '../../model/latent-model';
import type { ControlRows, ThinkRun } from '../method';
import { ivtlrControls } from './attribution';
import { interleave, type LatentPart, partRows } from './interleave';
import { changedPicture } from './other-picture';
import type { LatentPlan } from './plan';
import type { IvtlrSettings } from './settings';

type Steps = readonly Pick<LatentPart, 'hidden' | 'patches'>[];

/**
 * The controls of a run whose steps were `own`, all as rows after the prompt. Draws from the streams `control patches`, `control words` and
 * `control noise`. No context stays open.
 */
export async function controlsOf(run: ThinkRun<IvtlrSettings>, plan: LatentPlan, own: Steps): Promise<readonly ControlRows[]> {
  const { model, context, random } = run;
  const rowsWith = (steps: Steps): readonly Row[] => rowsOf(context, plan, steps);
  /** The steps with other vectors where their hidden states stand. */
  const replaced = (vectors: readonly Float32Array[]): readonly Row[] =>
    rowsWith(own.map(({ patches }, index) => ({ patches, hidden: vectors[index] })));
  const again = async (changes: Partial<LatentPlan>): Promise<readonly Row[]> => {
    const changed = { ...plan, ...changes };
    return rowsOf(context, changed, await stepsAfter(run, context, changed));
  };
  const made: Readonly<Record<string, () => Promise<readonly Row[]> | readonly Row[]>> = {
    result: () => rowsWith(own),
    'no-steps': () => context.closing.rows,
    'no-text': () => again({ text: false }),
    'no-vision': () => again({ vision: false, patches: 0 }),
    'random-patches': () => again({ choice: 'random' }),
    'other-picture': async () => replaced(await otherHidden(run, plan, own)),
    'random-words': async () => replaced(await randomWords(model, own.length, random('control words'))),
    noise: () => replaced(noiseLike(own, random('control noise'))),
  };
  const controls: ControlRows[] = [];
  for (const { id } of ivtlrControls(run.settings)) controls.push({ id, context, rows: await made[id](), reward: null });
  return controls;
}

function rowsOf({ closing }: Context, plan: LatentPlan, steps: Steps): readonly Row[] {
  return [...closing.rows, ...steps.flatMap(({ hidden, patches }) => partRows(plan, hidden, patches))];
}

/** All steps of a plan after a prompt; what they read is given back at once. */
async function stepsAfter({ model, random, signal }: ThinkRun<IvtlrSettings>, prompt: Context, plan: LatentPlan): Promise<Steps> {
  const steps: LatentPart[] = [];
  const patches = random('control patches');
  const parts = interleave(
    model,
    prompt,
    plan,
    () => patches,
    signal,
    (part) => steps.push(part),
  );
  let next = await parts.next();
  while (!next.done) next = await parts.next();
  if (next.value.context !== prompt) next.value.context.release();
  return steps;
}

/** Hidden states of the same steps over the changed picture; a step that it does not come to has those of the run's own. */
async function otherHidden(run: ThinkRun<IvtlrSettings>, plan: LatentPlan, own: Steps): Promise<Float32Array[]> {
  const prompt = await run.reread({ positions: plan.positions, image: 'features' }, changedPicture);
  const steps = await stepsAfter(run, prompt, { ...plan, patches: Math.min(plan.patches, prompt.image?.length ?? 0) });
  return own.map(({ hidden }, index) => steps[index]?.hidden ?? hidden);
}

/** Draws per word at most: a vocabulary without words gives any of its tokens. */
const MOST_DRAWS = 1000;

/** Embeddings of tokens that hold a letter, drawn evenly. */
async function randomWords(
  model: Pick<LatentModel, 'info' | 'tokenText' | 'embed'>,
  count: number,
  numbers: Random,
): Promise<Float32Array[]> {
  const { vocabularySize, hiddenSize } = model.info;
  const draw = (): number => Math.floor(numbers.uniform() * vocabularySize);
  const ids = Uint32Array.from({ length: count }, () => {
    let id = draw();
    for (let draws = 1; draws < MOST_DRAWS && !/\p{L}/u.test(model.tokenText(id)); draws++) id = draw();
    return id;
  });
  const embeddings = await model.embed(ids);
  return Array.from(ids, (_, index) => embeddings.slice(index * hiddenSize, (index + 1) * hiddenSize));
}

/** Normal noise, each vector as long as the hidden state it stands for. */
function noiseLike(steps: Steps, numbers: Random): Float32Array[] {
  return steps.map(({ hidden }) => {
    const noise = normalArray(numbers, hidden.length);
    const factor = norm(hidden) / norm(noise);
    return noise.map((value) => value * factor);
  });
}
