// The stages of a run in order, from the picture to the totals; faults pass through, contexts are always released.
import { answerAttention } from '../attention/measure';
import { corruptImage } from '../dependence/corruption';
import { imageDependence, type AnsweredStream } from '../dependence/dependence';
import { throwIfAborted } from '../errors';
import type { RunEvent, RunEventOf, RunPhase, Stream } from '../events/events';
import { tokensUnder } from '../image/tiles';
import type { Random } from '../math/random';
import { openStream } from '../math/streams';
import type { ControlRows, MethodSettings, Thought } from '../methods/method';
import type { Closing, Context, GenerateOptions, LogitsHook, ModelImage, Prompt, PromptReading, Row } from '../model/latent-model';
import type { PromptForm } from '../prompt/forms';
import { cleanQuestion } from '../prompt/question';
import type { Fields } from '../settings/field';
import type { PreparedPicture, RunJob } from './job';
import { runPrompt } from './run-prompt';
import { startTotals } from './totals';

interface OpenPrompt {
  readonly prompt: Prompt;
  readonly context: Context;
}

/** Rows after a context, and how the answer that follows them is decoded. */
type Spoken = Pick<Thought, 'context' | 'rows' | 'closing' | 'hook'>;

/** All rows between what a thought follows and the answer. */
const rowsBefore = ({ context, rows, closing }: Spoken): readonly Row[] => [...rows, ...(closing ?? context.closing.rows)];

/** Yields the events between `started` and a fault, `finished` included. @throws EngineFault */
export async function* runStages(job: RunJob, settings: MethodSettings<Fields>): AsyncGenerator<RunEvent, void, undefined> {
  const { model, signal, method } = job;
  const question = cleanQuestion(job.question);
  const totals = startTotals(model, job.now);
  const contexts = new Set<Context>();
  const random = (stream: string): Random => (job.random ?? openStream)(settings.seed, stream);
  const enter = (phase: RunPhase): RunEventOf<'phase'> => {
    throwIfAborted(signal);
    totals.enter(phase);
    return { type: 'phase', phase };
  };

  try {
    throwIfAborted(signal);
    const picture = await job.prepare(model, settings);
    const { image } = picture;
    yield imageEvent(picture);

    yield enter('read');
    const latents = method.latents?.(settings) ?? 0;
    const open = async (form: PromptForm, as?: PromptReading, seen: ModelImage = image): Promise<OpenPrompt> => {
      throwIfAborted(signal);
      const prompt = runPrompt(method, settings, model.info, question, form, as);
      const context = await model.prefill(prompt, seen, signal);
      contexts.add(context);
      return { prompt, context };
    };
    const form = method.prompt(settings);
    const main = await open(form);
    job.hold?.(main.context);
    const baseline = method.baseline?.(settings) ?? null;
    const compared = baseline === null || baseline.prompt === form ? main : await open(baseline.prompt);
    yield promptEvent(main.context, model.info.thinkToken.text.repeat(latents), latents);

    const optionsOf = (what: string, hook: LogitsHook | undefined): GenerateOptions => ({
      maxNewTokens: settings.maxNewTokens,
      ...samplingOf(settings, () => random(`sampling ${what}`)),
      ...(hook === undefined ? {} : { hook }),
    });
    const answered: AnsweredStream[] = [];
    const said: Partial<Record<Stream, { readonly text: string; readonly cut: boolean }>> = {};
    async function* speak(stream: Stream, prompt: Prompt, spoken: Spoken) {
      const { context, hook } = spoken;
      const all = rowsBefore(spoken);
      const ids: number[] = [];
      let text = '';
      let cut = true;
      for await (const token of model.generate(context, all, optionsOf(stream, hook), signal)) {
        throwIfAborted(signal);
        ids.push(token.id);
        text += token.text;
        cut = !token.ends;
        yield { type: 'token', stream, index: token.index, id: token.id, text: token.text, logprob: token.logprob } as const;
      }
      said[stream] = { text, cut };
      answered.push({ stream, prompt, context, rows: all, tokens: Uint32Array.from(ids) });
    }

    /** Decodes every control as the answer was, and scores the answer's own tokens after it. */
    async function* decodeControls(thought: Thought, controls: readonly ControlRows[]): AsyncGenerator<RunEventOf<'control'>> {
      const own = answered.find(({ stream }) => stream === 'answer')?.tokens ?? new Uint32Array();
      for (const { id, rows, reward, context = thought.context } of controls) {
        const all = rowsBefore({ ...thought, context, rows });
        let answer = '';
        let answerCut = true;
        for await (const token of model.generate(context, all, optionsOf(`control ${id}`, thought.hook), signal)) {
          throwIfAborted(signal);
          answer += token.text;
          answerCut = !token.ends;
        }
        throwIfAborted(signal);
        const scores = await model.score(context, all, own, signal);
        const logprob = Math.min(
          0,
          scores.reduce((sum, score) => sum + score, 0),
        );
        yield { type: 'control', control: id, reward, answer, answerCut, logprob };
      }
    }

    if (baseline !== null) {
      yield enter('baseline');
      yield* speak('baseline', compared.prompt, { context: compared.context, rows: baseline.rows(model) });
    }
    let thought: Thought = { context: main.context, rows: [], reason: 'answered', bestStep: null, bestReward: null };
    if (method.think) {
      yield enter('think');
      const { now, focus } = job;
      const { sourceWidth, sourceHeight } = image;
      thought = yield* method.think({
        model,
        context: main.context,
        settings,
        focus: focus === undefined ? null : tokensUnder(image, focus, sourceWidth, sourceHeight),
        signal,
        now,
        reread: async (as, change) => (await open(form, as, change && model.prepareImage(change(image.picture), settings))).context,
        random,
        ...(job.trace === undefined ? {} : { keep: job.trace.keep }),
      });
      contexts.add(thought.context);
      job.trace?.decode(thought.block ?? null);
    }
    yield enter('answer');
    yield* speak('answer', main.prompt, thought);

    if (settings.attention) {
      yield enter('attention');
      for (const answer of answered.filter(({ stream }) => stream === 'answer')) yield* answerAttention(model, answer, signal);
    }
    if (thought.controls) {
      yield enter('controls');
      yield* decodeControls(thought, await thought.controls());
    }
    if (settings.dependence) {
      yield enter('dependence');
      const { dependenceDraws: draws, dependenceStrength: strength } = settings;
      const corrupted = (draw: number) => corruptImage(image, { kind: 'noise', strength }, { draw, random });
      yield* imageDependence({ model, draws, corrupted, signal }, answered);
    }
    throwIfAborted(signal);
    yield {
      type: 'finished',
      reason: thought.reason,
      bestStep: thought.bestStep,
      bestReward: thought.bestReward,
      answer: said.answer?.text ?? '',
      answerCut: said.answer?.cut ?? true,
      baseline: said.baseline?.text ?? null,
      baselineCut: said.baseline?.cut ?? null,
      totals: totals.finish(),
    };
  } finally {
    for (const context of contexts) context.release();
  }
}

function samplingOf(
  { temperature, sampleFrom, nucleus }: Pick<MethodSettings<Fields>, 'temperature' | 'sampleFrom' | 'nucleus'>,
  random: () => Random,
): Pick<GenerateOptions, 'sampling'> {
  return temperature === 0 ? {} : { sampling: { temperature, topK: sampleFrom, topP: nucleus, random: random() } };
}

function imageEvent({ image, preview }: PreparedPicture): RunEventOf<'image'> {
  const { width, height, sourceWidth, sourceHeight, tiles } = image;
  return { type: 'image', width, height, sourceWidth, sourceHeight, tiles: tiles.map((tile) => ({ ...tile })), preview };
}

function promptEvent({ length, segments, closing }: Context, thinkText: string, latents: number): RunEventOf<'prompt'> {
  const think = { role: 'think' as const, start: length, length: latents, text: thinkText };
  return {
    type: 'prompt',
    segments: [...segments, ...(latents > 0 ? [think] : []), tailSegment(length + latents, closing)],
    length: length + latents + closing.rows.length,
  };
}

function tailSegment(start: number, { rows, text }: Closing) {
  return { role: 'tail' as const, start, length: rows.length, text };
}
