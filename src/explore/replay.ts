// A thought to look at: from the vectors kept of its run, or made again from seed and settings.
import { fault, throwIfAborted } from '../errors';
import type { PixelRect } from '../image/tiles';
import { tokensUnder } from '../image/tiles';
import { openStream } from '../math/streams';
import type { Method, MethodSettings, Probe, ThinkRun, ThoughtBlock } from '../methods/method';
import type { AbortSignalLike, Context, LatentModel, ModelImage, PixelBounds, Prompt, Row } from '../model/latent-model';
import { cleanQuestion } from '../prompt/question';
import { runPrompt } from '../run/run-prompt';
import type { Fields } from '../settings/field';
import type { SettingsRecord } from '../settings/space';
import type { ExploreEvent } from './exploration';
import { TraceKeeper, type ThoughtTrace } from './trace';

/** What a thought is opened from. */
export interface ReplayJob {
  readonly method: Method;
  readonly question: string;
  readonly settings: SettingsRecord;
  readonly model: LatentModel;
  readonly prepare: (model: LatentModel, bounds: PixelBounds) => Promise<{ readonly image: ModelImage }> | { readonly image: ModelImage };
  readonly focus?: readonly PixelRect[];
  /** The vectors of the run where they are at hand; otherwise it thinks again. */
  readonly trace: ThoughtTrace | null;
  /** Told of the vectors when the run has thought again. */
  readonly kept?: (trace: ThoughtTrace) => void;
  readonly signal: AbortSignalLike;
  readonly now: () => number;
}

/** A thought that can be read again. */
export interface OpenThought {
  readonly model: LatentModel;
  readonly image: ModelImage;
  readonly question: string;
  readonly prompt: Prompt;
  /** What `rows` follow. */
  readonly context: Context;
  /** The rows that the answer was decoded after, without the closing ones. */
  readonly rows: readonly Row[];
  readonly trace: ThoughtTrace;
  /** Null for a method whose think tokens cannot be read one by one. */
  readonly probe: Probe | null;
  readonly signal: AbortSignalLike;
  /** Gives every context back. */
  release(): void;
}

/** Opens the thought of a run; yields what that takes. Rejects with the EngineFault of the passes; nothing is held then. */
export async function* openThought(job: ReplayJob): AsyncGenerator<ExploreEvent, OpenThought, undefined> {
  const { method, model, signal } = job;
  const settings: MethodSettings<Fields> = method.space.parse(job.settings);
  const question = cleanQuestion(job.question);
  const contexts = new Set<Context>();
  const read = async (prompt: Prompt, seen: ModelImage = image): Promise<Context> => {
    throwIfAborted(signal);
    const context = await model.prefill(prompt, seen, signal);
    contexts.add(context);
    return context;
  };
  const { image } = await job.prepare(model, settings);
  const prompt = runPrompt(method, settings, model.info, question);
  const keeper = new TraceKeeper();
  const release = (): void => {
    for (const one of contexts) one.release();
  };
  let thinking: ReturnType<NonNullable<Method['think']>> | null = null;
  let isOpen = false;
  try {
    const context = await read(prompt);
    const run: ThinkRun<MethodSettings<Fields>> = {
      model,
      context,
      settings,
      focus: job.focus === undefined ? null : tokensUnder(image, job.focus, image.sourceWidth, image.sourceHeight),
      signal,
      now: job.now,
      reread: (as, change) => read({ ...prompt, reading: as }, change && model.prepareImage(change(image.picture), settings)),
      random: (stream) => openStream(settings.seed, stream),
      keep: keeper.keep,
    };
    const opened = { model, image, question, prompt, signal, release };
    const probe = (await method.probe?.(run)) ?? null;
    const decoded = job.trace?.decoded ?? null;
    if (job.trace !== null && decoded !== null && probe !== null) {
      isOpen = true;
      return { ...opened, context, rows: probe.rows(decoded), trace: job.trace, probe };
    }
    if (!method.think) {
      isOpen = true;
      return { ...opened, context, rows: [], trace: keeper, probe };
    }
    thinking = method.think(run);
    const total = method.steps?.(settings) ?? 0;
    const rewards: (number | null)[] = [];
    for (;;) {
      const { done, value } = await thinking.next();
      if (!done) {
        rewards.push(value.reward);
        yield { type: 'progress', stage: 'think', done: value.step, total };
        continue;
      }
      contexts.add(value.context);
      keeper.decode(value.block ?? null);
      job.kept?.(keeper);
      yield { type: 'recreated', rewards };
      isOpen = true;
      return { ...opened, context: value.context, rows: value.rows, trace: keeper, probe };
    }
  } finally {
    if (!isOpen) {
      // Whoever leaves early leaves the loop half-way: it gives back what it holds itself.
      await thinking?.return(undefined as never);
      release();
    }
  }
}

/** The block that was decoded and what reads it. Throws BAD_INPUT for a method that has no think tokens to look at. */
export function thinkTokensOf({ trace, probe }: OpenThought): { readonly decoded: ThoughtBlock; readonly probe: Probe } {
  if (trace.decoded !== null && probe !== null) return { decoded: trace.decoded, probe };
  throw fault('BAD_INPUT', 'This method has no think tokens that can be looked at.', 'Choose a run that optimises think tokens.');
}
