// A whole run as one stream of events: picture, prompt, baseline, thinking, answer, image dependence.
import { notFinite, toEngineError } from '../errors';
import { FORMAT, summarizeModel, type DeviceFacts, type RunEvent, type RunEventOf } from '../events/events';
import { findNonFinite } from '../events/finite';
import type { Random } from '../math/random';
import type { Method } from '../methods/method';
import type { AbortSignalLike, Context, LatentModel, ModelImage, PixelBounds } from '../model/latent-model';
import { MAX_QUESTION_LENGTH } from '../prompt/question';
import type { SettingsRecord } from '../settings/space';
import { runStages } from './stages';

/** A picture that has been decoded and resized, with the small copy that recordings keep. */
export interface PreparedPicture {
  readonly image: ModelImage;
  /** PNG or JPEG data URL of the resized picture. */
  readonly preview: string;
}

/** All that a run needs. The clock and the date are the caller's, so that a run can be repeated exactly. */
export interface RunJob {
  readonly runId: string;
  readonly method: Method;
  readonly question: string;
  /** Settings of the method that differ from their defaults; checked here. */
  readonly settings: SettingsRecord;
  readonly model: LatentModel;
  readonly device: DeviceFacts;
  /** Decodes the picture and has the model resize it. Called once; what it throws ends the run as `failed`. */
  readonly prepare: (model: LatentModel, bounds: PixelBounds) => Promise<PreparedPicture> | PreparedPicture;
  /** Told of the prompt's context when it has been read; whoever keeps a branch of it lets the next run continue from its rows. */
  readonly hold?: (context: Context) => void;
  readonly signal: AbortSignalLike;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** ISO 8601 */
  readonly startedAt: string;
  /** Opens a named random stream of a seed. Default: `openStream`. */
  readonly random?: (seed: number, stream: string) => Random;
}

/**
 * Runs a job. Never throws: the stream begins with `started` and ends with exactly one terminal event. An abort ends it as
 * `cancelled`, any fault as `failed`; a number that is not finite ends it as `failed` WRONG_NUMBERS and is not emitted.
 * Leaving the stream early releases everything too.
 */
export async function* runPipeline(job: RunJob): AsyncGenerator<RunEvent, void, undefined> {
  let step: number | null = null;
  try {
    const { space } = job.method;
    const settings = space.parse(job.settings);
    yield startedEvent(job, { ...space.diff(settings), seed: settings.seed }, settings.seed);
    for await (const event of runStages(job, settings)) {
      const place = findNonFinite(event);
      if (place !== null) throw notFinite(`${event.type}: ${place}`);
      if (event.type === 'step') step = event.step;
      yield event;
    }
  } catch (thrown) {
    const error = toEngineError(thrown);
    yield error.code === 'CANCELLED' ? { type: 'cancelled', step } : { type: 'failed', error };
  }
}

function startedEvent(job: RunJob, settings: RunEventOf<'started'>['settings'], seed: number): RunEventOf<'started'> {
  return {
    type: 'started',
    format: FORMAT,
    runId: job.runId,
    method: job.method.id,
    // A question that is too long fails the run; the event still names its beginning.
    question: [...job.question.slice(0, 2 * MAX_QUESTION_LENGTH)].slice(0, MAX_QUESTION_LENGTH).join(''),
    settings,
    seed,
    model: summarizeModel(job.model.info),
    device: job.device,
    startedAt: job.startedAt,
  };
}
