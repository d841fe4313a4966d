// Image dependence of an answer: how much less likely each token is when the picture is noise (src/README.md).
import { throwIfAborted } from '../errors';
import type { RunEventOf, Stream } from '../events/events';
import { normalArray, type Random } from '../math/random';
import type { AbortSignalLike, Context, LatentModel, ModelImage, Prompt, Row } from '../model/latent-model';
import type { CommonSettings } from '../settings/common';

/** An answer that was decoded, with all that is needed to score it again. */
export interface AnsweredStream {
  readonly stream: Stream;
  readonly prompt: Prompt;
  /** What the rows follow: the prompt, or what was appended to it. */
  readonly context: Context;
  /** The rows before the answer. Rows of the image take, after another picture, that picture's features. */
  readonly rows: readonly Row[];
  readonly tokens: Uint32Array;
}

export interface DependenceRun {
  readonly model: LatentModel;
  readonly image: ModelImage;
  readonly settings: Pick<CommonSettings, 'dependenceDraws' | 'dependenceStrength'>;
  readonly signal: AbortSignalLike;
  /** The numbers of a named random stream; draw d takes 'picture noise d'. */
  random(stream: string): Random;
}

/**
 * Yields S_t for every token of every stream, stream by stream, after all noised pictures have been read.
 * One noised picture per draw, shared by all streams; one context per draw and distinct prompt, released at once. What a method
 * had appended to its prompt is read again after the noised picture's, with its rows.
 */
export async function* imageDependence(
  { model, image, settings, signal, random }: DependenceRun,
  streams: readonly AnsweredStream[],
): AsyncGenerator<RunEventOf<'dependence'>, void, undefined> {
  const answered = streams.filter((stream) => stream.tokens.length > 0);
  const withImage: Float32Array[] = [];
  for (const { context, rows, tokens } of answered) {
    throwIfAborted(signal);
    withImage.push(await model.score(context, rows, tokens, signal));
  }
  const sums = answered.map((stream) => new Float64Array(stream.tokens.length));
  for (let draw = 0; draw < settings.dependenceDraws; draw++) {
    const noise = normalArray(random(`picture noise ${draw}`), 3 * image.width * image.height);
    const noised = image.noised(noise, settings.dependenceStrength);
    for (const prompt of new Set(answered.map((stream) => stream.prompt))) {
      throwIfAborted(signal);
      const context = await model.prefill(prompt, noised, signal);
      try {
        for (const [index, stream] of answered.entries()) {
          if (stream.prompt !== prompt) continue;
          throwIfAborted(signal);
          const scores = await model.score(context, [...stream.context.appended, ...stream.rows], stream.tokens, signal);
          scores.forEach((score, token) => (sums[index][token] += score));
        }
      } finally {
        context.release();
      }
    }
  }
  for (const [number, { stream }] of answered.entries()) {
    for (const [index, sum] of sums[number].entries()) {
      const withoutImage = sum / settings.dependenceDraws;
      const seen = withImage[number][index];
      yield { type: 'dependence', stream, index, value: seen - withoutImage, withImage: seen, withoutImage };
    }
  }
}
