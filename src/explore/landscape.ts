// A plane through the space of the latents, around those that were decoded: the reward at each point of a grid, and the answer's probability.
import { fault, notFinite, throwIfAborted } from '../errors';
import { normalArray, type Random } from '../math/random';
import { norm } from '../math/stats';
import type { Row } from '../model/latent-model';
import type { Exploration, ExploreEvent } from './exploration';
import { LANDSCAPE_POINTS, MOST_EXTENT } from './limits';
import { thinkTokensOf, type OpenThought } from './replay';

type LandscapeAsk = Extract<Exploration, { kind: 'landscape' }>;

/** Latents that moved less than this share of their length did not move. */
const STILL = 1e-7;

/**
 * Measures the grid row by row, from the middle row outwards: the rewards of a row in packed passes, and a pass for every point where
 * something is scored. T = T_best + u sqrt(D) (a d1 + b d2), with D numbers in T, u the deviation of the token embeddings, and d1, d2
 * orthonormal: a step of 1 is as long as noise of sigma 1 is on average.
 * @param answer token ids of the run's own answer
 * @throws EngineFault BAD_INPUT for a grid out of range, latents that did not move, or a text without tokens
 */
export async function* exploreLandscape(
  thought: OpenThought,
  ask: LandscapeAsk,
  answer: Uint32Array,
  random: (stream: string) => Random,
): AsyncGenerator<ExploreEvent, void, undefined> {
  const { model, context, trace, signal } = thought;
  checkGrid(ask);
  const { decoded, probe } = thinkTokensOf(thought);
  const { latents, patches } = decoded;
  const unit = model.info.embeddingStd * Math.sqrt(latents.length);
  const [first, second] = planeOf(thought, ask.directions, random);
  const axis = gridAxis(ask.points, ask.extent);
  const tokens = ask.scored === null ? null : ask.scored.kind === 'own' ? answer : model.encode(ask.scored.text);
  if (tokens?.length === 0) throw fault('BAD_INPUT', 'There is no answer to score.', 'Write the answer whose probability is to be shown.');
  const path = trace.blocks.map((block): readonly [number, number] => {
    const moved = difference(block.latents, latents);
    return [dot(moved, first) / unit, dot(moved, second) / unit];
  });
  const scored = tokens === null ? null : Array.from(tokens, (id) => model.tokenText(id)).join('');
  yield { type: 'landscape', landscape: { axis, path, scored } };

  const total = axis.length;
  for (const [done, row] of fromTheMiddle(total).entries()) {
    throwIfAborted(signal);
    yield { type: 'progress', stage: 'measure', done, total };
    const blocks = axis.map((a) => ({
      latents: latents.map((value, i) => value + unit * (a * first[i] + axis[row] * second[i])),
      patches,
    }));
    const rewards = (await probe.rewards?.(blocks)) ?? null;
    let logprobs: number[] | null = null;
    if (tokens !== null) {
      logprobs = [];
      for (const block of blocks) {
        throwIfAborted(signal);
        const rows: readonly Row[] = [...probe.rows(block), ...context.closing.rows];
        const sum = (await model.score(context, rows, tokens, signal)).reduce((all, score) => all + score, 0);
        if (!Number.isFinite(sum)) throw notFinite('landscape: log-probability');
        logprobs.push(sum);
      }
    }
    yield { type: 'landscape-row', row: { row, rewards, logprobs } };
  }
  yield { type: 'progress', stage: 'measure', done: total, total };
}

function checkGrid({ points, extent }: LandscapeAsk): void {
  const { least, most } = LANDSCAPE_POINTS;
  if (!(Number.isInteger(points) && points % 2 === 1 && points >= least && points <= most)) {
    throw fault('BAD_INPUT', `The grid has ${points} points a side.`, `Choose an odd number from ${least} to ${most}.`);
  }
  if (!(extent > 0 && extent <= MOST_EXTENT)) {
    throw fault('BAD_INPUT', `The grid reaches ${extent} from the decoded latents.`, `Choose a number above 0, at most ${MOST_EXTENT}.`);
  }
}

/** `points` coordinates from -extent to extent, 0 in the middle. */
export function gridAxis(points: number, extent: number): number[] {
  const middle = (points - 1) / 2;
  return Array.from({ length: points }, (_, i) => (extent * (i - middle)) / middle);
}

/** The numbers 0 to `count` - 1 by their distance from the middle one. */
export function fromTheMiddle(count: number): number[] {
  const middle = (count - 1) / 2;
  return Array.from({ length: count }, (_, i) => i).sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle) || a - b);
}

/** Two orthonormal directions in the space of all latents, from the stream 'landscape'. */
function planeOf({ trace }: OpenThought, directions: LandscapeAsk['directions'], random: (stream: string) => Random) {
  const { latents } = trace.decoded ?? { latents: new Float32Array() };
  const numbers = random('landscape');
  const drawn = (): Float64Array => Float64Array.from(normalArray(numbers, latents.length));
  let first = drawn();
  if (directions === 'travel') {
    first = difference(latents, trace.blocks[0]?.latents ?? latents);
    if (norm(first) <= STILL * norm(latents)) {
      throw fault(
        'BAD_INPUT',
        'The decoded think tokens are those of the start: there is no direction they moved in.',
        'Choose random directions.',
      );
    }
  }
  first = scaled(first, 1 / norm(first));
  const other = drawn();
  const along = dot(other, first);
  const second = other.map((value, i) => value - along * first[i]);
  return [first, scaled(second, 1 / norm(second))] as const;
}

function difference(a: Float32Array, b: Float32Array): Float64Array {
  return Float64Array.from(a, (value, i) => value - b[i]);
}

function scaled(values: Float64Array, factor: number): Float64Array {
  return values.map((value) => factor * value);
}

function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
