// What events tell of a loaded model.
import { expect, test } from 'vitest';
import { summarizeModel } from '../../../../src/events/events';
import { TOY_INFO } from '../../../fakes/toy-model';

test('a model is told by the fields of the format and no others', () => {
  const { id, name, family, dtype, layers, heads, hiddenSize, vocabularySize, embeddingStd, verified } = TOY_INFO;
  expect(summarizeModel(TOY_INFO)).toEqual({ id, name, family, dtype, layers, heads, hiddenSize, vocabularySize, embeddingStd, verified });
});
