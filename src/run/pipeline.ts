// A whole run as one stream of events: picture, prompt, baseline, thinking, answer, image dependence.
import { notFinite, toEngineError } from '../errors';
import { summarizeModel, type RunEvent, type RunEventOf } from '../events/events';
import { findNonFinite } from '../events/finite';
import { FORMAT } from '../events/kinds';
import { MAX_QUESTION_LENGTH } from '../prompt/question';
import type { RunJob } from './job';
import { runStages } from './stages';

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
