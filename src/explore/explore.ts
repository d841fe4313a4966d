// Answers one exploration of a run as a stream of events.
import { corruptImage } from '../dependence/corruption';
import { CORRUPTIONS } from '../dependence/corruptions';
import { imageDependence } from '../dependence/dependence';
import { fault, notFinite, toEngineError } from '../errors';
import { findNonFinite } from '../events/finite';
import type { RgbPicture } from '../image/resize';
import { openStream } from '../math/streams';
import type { ExploreEvent, ExploreRequest, Exploration } from './exploration';
import { exploreHeads } from './heads';
import { exploreLandscape } from './landscape';
import { exploreMap } from './latent-map';
import { MOST_DRAWS } from './limits';
import { openThought, type OpenThought, type ReplayJob } from './replay';

export interface ExploreJob extends ReplayJob, Pick<ExploreRequest, 'ask'> {
  readonly answer: Uint32Array;
  /** The picture that `ask` brings along, decoded; null where it brings none. */
  readonly other: RgbPicture | null;
}

/** Never throws: the stream ends with exactly one of explored, failed, cancelled. Every context is released, also when it is left early. */
export async function* explore(job: ExploreJob): AsyncGenerator<ExploreEvent, void, undefined> {
  let thought: OpenThought | null = null;
  try {
    thought = yield* openThought(job);
    yield* found(thought, job);
    yield { type: 'explored' };
  } catch (thrown) {
    const error = toEngineError(thrown);
    yield error.code === 'CANCELLED' ? { type: 'cancelled' } : { type: 'failed', error };
  } finally {
    thought?.release();
  }
}

function found(thought: OpenThought, { ask, answer, other }: ExploreJob): AsyncGenerator<ExploreEvent, void, undefined> {
  switch (ask.kind) {
    case 'landscape':
      return exploreLandscape(thought, ask, answer, (stream) => openStream(ask.seed, stream));
    case 'dependence':
      return exploreDependence(thought, ask, answer, other);
    case 'heads':
      return exploreHeads(thought, ask);
    case 'map':
      return exploreMap(thought, ask);
  }
}

/** S_t of the answer's tokens with another corruption than the run's own. */
async function* exploreDependence(
  { model, image, prompt, context, rows, signal }: OpenThought,
  { corruption, draws, seed }: Extract<Exploration, { kind: 'dependence' }>,
  tokens: Uint32Array,
  other: RgbPicture | null,
): AsyncGenerator<ExploreEvent, void, undefined> {
  if (!(Number.isInteger(draws) && draws >= 1 && draws <= MOST_DRAWS)) {
    throw fault('BAD_INPUT', `${draws} corrupted pictures were asked for.`, `Choose a number from 1 to ${MOST_DRAWS}.`);
  }
  const total = CORRUPTIONS[corruption.kind].random ? draws : 1;
  yield { type: 'progress', stage: 'measure', done: 0, total };
  const random = (stream: string) => openStream(seed, stream);
  const corrupted = (draw: number) => corruptImage(image, corruption, { draw, random, ...(other === null ? {} : { other }) });
  const answered = { stream: 'answer' as const, prompt, context, rows: [...rows, ...context.closing.rows], tokens };
  for await (const event of imageDependence({ model, draws: total, corrupted, signal }, [answered])) {
    const place = findNonFinite(event);
    if (place !== null) throw notFinite(`dependence: ${place}`);
    yield event;
  }
}
