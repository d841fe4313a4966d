// Image dependence of an answer: how much less likely each token is when the picture is corrupted (src/README.md).
import { throwIfAborted } from '../errors';
import type { RunEventOf, Stream } from '../events/events';
import type { AbortSignalLike, Context, LatentModel, ModelImage, Prompt, Row } from '../model/latent-model';

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
  /** How many corrupted pictures are averaged, at least 1. */
  readonly draws: number;
  /** The picture of draw d, 0 and up, as the model is to see it instead. */
  corrupted(draw: number): ModelImage;
  readonly signal: AbortSignalLike;
}

/**
 * Yields S_t for every token of every stream, stream by stream, after all corrupted pictures have been read.
 * One corrupted picture per draw, shared by all streams; one context per draw and distinct prompt, released at once. What a method
 * had appended to its prompt is read again after the corrupted picture's, with its rows.
 */
export async function* imageDependence(
  { model, draws, corrupted, signal }: DependenceRun,
  streams: readonly AnsweredStream[],
): AsyncGenerator<RunEventOf<'dependence'>, void, undefined> {
  const answered = streams.filter((stream) => stream.tokens.length > 0);
  const withImage: Float32Array[] = [];
  for (const { context, rows, tokens } of answered) {
    throwIfAborted(signal);
    withImage.push(await model.score(context, rows, tokens, signal));
  }
  const sums = answered.map((stream) => new Float64Array(stream.tokens.length));
  for (let draw = 0; draw < draws; draw++) {
    const picture = corrupted(draw);
    for (const prompt of new Set(answered.map((stream) => stream.prompt))) {
      throwIfAborted(signal);
      const context = await model.prefill(prompt, picture, signal);
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
      const withoutImage = sum / draws;
      const seen = withImage[number][index];
      yield { type: 'dependence', stream, index, value: seen - withoutImage, withImage: seen, withoutImage };
    }
  }
}
