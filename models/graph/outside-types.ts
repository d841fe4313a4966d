// Makes a half-precision decoder look like any other from outside: float32 embeddings in, float32 logits out.
import { DataType, node, valueInfo } from './nodes';
import type { Rewrite } from './rewrite';
import type { NodeRecord } from './wiring';

const EMBEDDINGS = 'inputs_embeds';
const LOGITS = 'logits';

/** Casts float16 embeddings as they come in. The graph inside is as it was. */
export function takeFloatEmbeddings(rewrite: Rewrite): void {
  const { wiring } = rewrite;
  const declared = wiring.inputs.get(EMBEDDINGS);
  const [first] = wiring.readers(EMBEDDINGS);
  if (!declared || !first || declared.type === DataType.FLOAT) return;
  const own = 'noema/inputs_embeds';
  rewrite.redirect(EMBEDDINGS, own);
  rewrite.before(first, [node('Cast', [EMBEDDINGS], own, { to: declared.type })]);
  rewrite.drop(declared.record);
  rewrite.inputs([
    valueInfo(
      EMBEDDINGS,
      DataType.FLOAT,
      (declared.dims ?? [1, null, null]).map((size, axis) => size ?? `embeddings_${axis}`),
    ),
  ]);
}

/**
 * Declares the logits anew, as [1, logit rows, vocabulary] in float32, with a cast where the graph computes them in float16.
 * `path` are the nodes from the choice of rows to the logits: what was declared about their outputs no longer holds.
 */
export function giveFloatLogits(rewrite: Rewrite, path: readonly NodeRecord[]): void {
  const { wiring } = rewrite;
  for (const { node: inner } of path) {
    for (const output of inner.output) {
      const declared = wiring.inner.get(output);
      if (declared) rewrite.drop(declared.record);
    }
  }
  const declared = wiring.outputs.get(LOGITS);
  const producer = wiring.producer(LOGITS);
  if (!declared || !producer) return;
  const vocabulary = declared.dims?.at(-1);
  rewrite.drop(declared.record);
  rewrite.outputs([valueInfo(LOGITS, DataType.FLOAT, [1, 'logit_rows', typeof vocabulary === 'number' ? vocabulary : 'vocabulary'])]);
  if (declared.type === DataType.FLOAT) return;
  const own = 'noema/logits';
  const edited = rewrite.edit(producer);
  edited.output = edited.output.map((output) => (output === LOGITS ? own : output));
  rewrite.redirect(LOGITS, own);
  rewrite.nodes([node('Cast', [own], LOGITS, { to: DataType.FLOAT })]);
}
