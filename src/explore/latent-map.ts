// Where the latents travel among the embeddings of the question's words and the features of the image, on two principal components.
import { throwIfAborted } from '../errors';
import { principalComponents, project } from '../math/principal';
import type { Exploration, ExploreEvent, MapPoint } from './exploration';
import { thinkTokensOf, type OpenThought } from './replay';

/** Projects the points. One unit of the map is one of the embedding space. @throws EngineFault BAD_INPUT for a method without think tokens */
export async function* exploreMap(
  thought: OpenThought,
  { basis }: Extract<Exploration, { kind: 'map' }>,
): AsyncGenerator<ExploreEvent, void, undefined> {
  const { model, context, trace, question, signal } = thought;
  const { decoded } = thinkTokensOf(thought);
  const width = model.info.hiddenSize;
  const ids = model.encode(question);
  const steps = trace.blocks.map(({ latents }) => latents);
  const words = await model.embed(ids);
  const image = context.image?.features ?? new Float32Array();
  throwIfAborted(signal);
  const own = [...steps, decoded.latents];
  const components = principalComponents([...own, ...(basis === 'latents' ? [] : [words]), ...(basis === 'all' ? [image] : [])], width);
  throwIfAborted(signal);
  const placed = (rows: Float32Array): MapPoint[] => project(rows, components);
  yield {
    type: 'map',
    map: {
      latents: steps.map(placed),
      decoded: placed(decoded.latents),
      words: placed(words).map((at, i) => ({ text: model.tokenText(ids[i]), at })),
      image: placed(image),
      shares: components.shares,
    },
  };
}
