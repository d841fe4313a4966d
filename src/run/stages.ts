// The stages of a run in order, from the picture to the totals; faults pass through, prefixes are always released.
import { imageDependence, type SpokenStream } from '../dependence/dependence';
import { dmlr, startingLatents, type DmlrResult } from '../methods/dmlr/dmlr';
import { layoutRows, type PatchLists } from '../methods/dmlr/layout';
import { buildSuffix, tailEmbeddings } from '../methods/dmlr/suffix';
import { throwIfAborted } from '../errors';
import type { Prefix, Prompt, Suffix } from '../model/latent-model';
import { buildPrompt, TAIL_TEXT, THINK_PLACEHOLDER, type PromptForm } from '../prompt/build';
import { cleanQuestion } from '../prompt/question';
import type { RunEvent, RunEventOf, RunPhase, Stream } from '../events/events';
import type { PreparedPicture, RunJob } from './pipeline';
import { startTotals } from './totals';

interface OpenPrompt {
  readonly prompt: Prompt;
  readonly prefix: Prefix;
}

/** T and V as they stand in the suffix that is decoded; no latents at all for methods without think tokens. */
interface ThinkBlock {
  readonly latents: Float32Array;
  readonly patches: PatchLists;
}

const NO_THINK: ThinkBlock = { latents: new Float32Array(0), patches: [] };

/** Yields the events between `started` and a fault, `finished` included. @throws EngineFault */
export async function* runStages(job: RunJob): AsyncGenerator<RunEvent, void, undefined> {
  const { model, settings, signal, method } = job;
  const question = cleanQuestion(job.question);
  const totals = startTotals(model, job.now);
  const prefixes: Prefix[] = [];
  const enter = (phase: RunPhase): RunEventOf<'phase'> => {
    throwIfAborted(signal);
    totals.enter(phase);
    return { type: 'phase', phase };
  };

  try {
    throwIfAborted(signal);
    const picture = await job.prepare();
    const { image } = picture;
    yield imageEvent(job, picture);

    const open = async (form: PromptForm): Promise<OpenPrompt> => {
      throwIfAborted(signal);
      const prompt = buildPrompt(form, question, settings.latents);
      const prefix = await model.read(prompt, image.input, signal);
      prefixes.push(prefix);
      return { prompt, prefix };
    };
    const tail = await tailEmbeddings(model);
    const { hiddenSize } = model.info;
    const suffixWith =
      (block: ThinkBlock) =>
      (prefix: Prefix): Suffix => {
        const rows = layoutRows(settings.layout, block.patches);
        return buildSuffix(prefix, { rows, latents: block.latents, tail, hiddenSize, patchPositions: settings.patchPositions });
      };

    yield enter('read');
    const main = await open(method === 'dmlr' ? settings.prompt : method);
    const thinks = method === 'dmlr' ? settings.latents : 0;
    const direct = method === 'dmlr' && settings.baseline === 'direct' ? await open('direct') : null;
    yield promptEvent(main.prefix, thinks, tail.length / hiddenSize);

    const spoken: SpokenStream[] = [];
    const said: Partial<Record<Stream, { readonly text: string; readonly cut: boolean }>> = {};
    async function* speak(stream: Stream, { prompt, prefix }: OpenPrompt, block: ThinkBlock) {
      const suffixAfter = suffixWith(block);
      const ids: number[] = [];
      let text = '';
      let cut = true;
      for await (const token of model.decode(prefix, suffixAfter(prefix), { maxNewTokens: settings.maxNewTokens }, signal)) {
        throwIfAborted(signal);
        ids.push(token.id);
        text += token.text;
        cut = !token.ends;
        yield { type: 'token', stream, index: token.index, id: token.id, text: token.text, logprob: token.logprob } as const;
      }
      said[stream] = { text, cut };
      spoken.push({ stream, prompt, prefix, suffixAfter, tokens: Uint32Array.from(ids) });
    }

    let result: DmlrResult | null = null;
    if (method === 'dmlr') {
      if (settings.baseline !== 'none') {
        yield enter('baseline');
        yield* direct === null
          ? speak('baseline', main, { latents: await startingLatents(model, thinks), patches: Array.from({ length: thinks }, () => []) })
          : speak('baseline', direct, NO_THINK);
      }
      yield enter('optimise');
      const { now, noise } = job;
      result = yield* dmlr(model, main.prefix, settings, noise === undefined ? { signal, now } : { signal, now, noise });
    }

    yield enter('answer');
    yield* speak('answer', main, result ?? NO_THINK);

    if (settings.dependence) {
      yield enter('dependence');
      yield* imageDependence(model, spoken, image, settings, signal);
    }
    throwIfAborted(signal);
    yield {
      type: 'finished',
      reason: result?.reason ?? 'answered',
      bestStep: result?.bestStep ?? null,
      bestReward: result?.bestReward ?? null,
      answer: said.answer?.text ?? '',
      answerCut: said.answer?.cut ?? true,
      baseline: said.baseline?.text ?? null,
      baselineCut: said.baseline?.cut ?? null,
      totals: totals.finish(),
    };
  } finally {
    for (const prefix of prefixes) prefix.release();
  }
}

function imageEvent({ model }: RunJob, { image, preview }: PreparedPicture): RunEventOf<'image'> {
  const { width, height, grid } = image.input;
  const { sourceWidth, sourceHeight } = image;
  return { type: 'image', width, height, sourceWidth, sourceHeight, grid, merge: model.info.vision.mergeSize, preview };
}

function promptEvent(prefix: Prefix, latents: number, tailRows: number): RunEventOf<'prompt'> {
  const think = { role: 'think' as const, start: prefix.length, length: latents, text: THINK_PLACEHOLDER.repeat(latents) };
  const tail = { role: 'tail' as const, start: prefix.length + latents, length: tailRows, text: TAIL_TEXT };
  return {
    type: 'prompt',
    segments: [...prefix.segments, ...(latents > 0 ? [think] : []), tail],
    length: prefix.length + latents + tailRows,
  };
}
