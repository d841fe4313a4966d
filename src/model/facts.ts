// What events tell of a model: the part of its facts that a reader of a recording needs.
import type { ModelInfo } from './latent-model';

/** The facts of a model that `started` and `ready` events carry. */
export type RecordedFacts = Pick<
  ModelInfo,
  'id' | 'name' | 'family' | 'dtype' | 'layers' | 'heads' | 'hiddenSize' | 'vocabularySize' | 'embeddingStd'
>;

/** Those facts of a loaded model. */
export function modelFacts(info: ModelInfo): RecordedFacts {
  const { id, name, family, dtype, layers, heads, hiddenSize, vocabularySize, embeddingStd } = info;
  return { id, name, family, dtype, layers, heads, hiddenSize, vocabularySize, embeddingStd };
}
