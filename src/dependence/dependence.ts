// Image dependence of an answer: how much less likely each token is when the picture is noise (src/README.md).
import { throwIfAborted } from '../errors';
import type { PreparedImage } from '../image/prepare';
import { createRandom, normalArray } from '../math/random';
import type { AbortSignalLike, LatentModel, Prefix, Prompt, Suffix } from '../model/latent-model';
import type { RunEventOf, Stream } from '../events/events';
import type { RunSettings } from '../settings/schema';

/** An answer that was decoded, with all that is needed to score it again. */
export interface SpokenStream {
  readonly stream: Stream;
  readonly prompt: Prompt;
  /** The prefix it was decoded after. */
  readonly prefix: Prefix;
  /** Its suffix after any prefix of the same prompt: injected patches take that prefix's features. */
  readonly suffixAfter: (prefix: Prefix) => Suffix;
  readonly tokens: Uint32Array;
}

/** Streams of the generator: the optimisation draws from 0, noise picture d (0, 1, …) from 1 + d. */
const FIRST_NOISE_STREAM = 1;

/**
 * Yields S_t for every token of every stream, stream by stream, after all noised pictures have been read.
 * One noised picture per draw, shared by all streams; one prefix per draw and distinct prompt, released at once.
 */
export async function* imageDependence(
  model: LatentModel,
  streams: readonly SpokenStream[],
  image: PreparedImage,
  settings: RunSettings,
  signal: AbortSignalLike,
): AsyncGenerator<RunEventOf<'dependence'>, void, undefined> {
  const spoken = streams.filter((stream) => stream.tokens.length > 0);
  const withImage: Float32Array[] = [];
  for (const { prefix, suffixAfter, tokens } of spoken) {
    throwIfAborted(signal);
    withImage.push(await model.score(prefix, suffixAfter(prefix), tokens, signal));
  }
  const sums = spoken.map((stream) => new Float64Array(stream.tokens.length));
  for (let draw = 0; draw < settings.dependenceDraws; draw++) {
    const noised = image.noised(noiseOf(image, settings.seed, draw), settings.dependenceStrength);
    for (const prompt of new Set(spoken.map((stream) => stream.prompt))) {
      throwIfAborted(signal);
      const prefix = await model.read(prompt, noised, signal);
      try {
        for (const [index, stream] of spoken.entries()) {
          if (stream.prompt !== prompt) continue;
          throwIfAborted(signal);
          const scores = await model.score(prefix, stream.suffixAfter(prefix), stream.tokens, signal);
          scores.forEach((score, token) => (sums[index][token] += score));
        }
      } finally {
        prefix.release();
      }
    }
  }
  for (const [number, { stream }] of spoken.entries()) {
    for (const [index, sum] of sums[number].entries()) {
      const withoutImage = sum / settings.dependenceDraws;
      const seen = withImage[number][index];
      yield { type: 'dependence', stream, index, value: seen - withoutImage, withImage: seen, withoutImage };
    }
  }
}

/** [3, height, width] standard normal numbers of one draw. */
function noiseOf(image: PreparedImage, seed: number, draw: number): Float32Array {
  return normalArray(createRandom(seed, FIRST_NOISE_STREAM + draw), 3 * image.input.width * image.input.height);
}
