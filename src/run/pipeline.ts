// A whole run as one stream of events: picture, prompt, baseline, optimisation, answer, image dependence.
import { toEngineError } from '../errors';
import type { Method } from '../engine/engine';
import type { NoiseSource } from '../methods/dmlr/dmlr';
import { wrongNumbers } from '../methods/dmlr/evaluate';
import type { PreparedImage } from '../image/prepare';
import type { AbortSignalLike, LatentModel } from '../model/latent-model';
import { MAX_QUESTION_LENGTH } from '../prompt/question';
import { settingsDiff, type RunSettings } from '../settings/schema';
import { FORMAT, summarizeModel, type RunEvent, type RunEventOf } from '../events/events';
import { findNonFinite } from '../events/finite';
import { runStages } from './stages';

/** A picture that has been decoded and resized, with the small copy that recordings keep. */
export interface PreparedPicture {
  readonly image: PreparedImage;
  /** PNG or JPEG data URL of the resized picture. */
  readonly preview: string;
}

/** All that a run needs. The clock and the date are the caller's, so that a run can be repeated exactly. */
export interface RunJob {
  readonly runId: string;
  readonly method: Method;
  readonly question: string;
  readonly settings: RunSettings;
  readonly model: LatentModel;
  readonly device: RunEventOf<'started'>['device'];
  /** Decodes and resizes the picture. Called once; what it throws ends the run as `failed`. */
  readonly prepare: () => Promise<PreparedPicture> | PreparedPicture;
  readonly signal: AbortSignalLike;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** ISO 8601 */
  readonly startedAt: string;
  /** Default: the generator of `settings.seed`. */
  readonly noise?: NoiseSource;
}

/**
 * Runs a job. Never throws: the stream begins with `started` and ends with exactly one terminal event. An abort ends it as
 * `cancelled`, any fault as `failed`; a number that is not finite ends it as `failed` WRONG_NUMBERS and is not emitted.
 * Leaving the stream early releases everything too.
 */
export async function* runPipeline(job: RunJob): AsyncGenerator<RunEvent, void, undefined> {
  let step: number | null = null;
  try {
    yield startedEvent(job);
    for await (const event of runStages(job)) {
      const place = findNonFinite(event);
      if (place !== null) throw wrongNumbers(`${event.type}: ${place}`);
      if (event.type === 'step') step = event.step;
      yield event;
    }
  } catch (thrown) {
    const error = toEngineError(thrown);
    yield error.code === 'CANCELLED' ? { type: 'cancelled', step } : { type: 'failed', error };
  }
}

function startedEvent(job: RunJob): RunEventOf<'started'> {
  const { runId, method, settings, device, startedAt } = job;
  return {
    type: 'started',
    format: FORMAT,
    runId,
    method,
    // A question that is too long fails the run; the event still names its beginning.
    question: [...job.question.slice(0, 2 * MAX_QUESTION_LENGTH)].slice(0, MAX_QUESTION_LENGTH).join(''),
    settings: { ...settingsDiff(settings), seed: settings.seed },
    seed: settings.seed,
    model: summarizeModel(job.model.info),
    device,
    startedAt,
  };
}
