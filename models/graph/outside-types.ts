// Makes any decoder look the same from outside: float32 embeddings in, float32 logits out, one type of cache, no wrong sizes.
import { DataType, node, valueInfo } from './nodes';
import type { Rewrite } from './rewrite';
import type { Declared } from './wiring';

const EMBEDDINGS = 'inputs_embeds';
const LOGITS = 'logits';
const MASK = 'attention_mask';

/** Casts float16 embeddings as they come in. The graph inside is as it was. */
export function takeFloatEmbeddings(rewrite: Rewrite): void {
  retypeInput(rewrite, EMBEDDINGS, DataType.FLOAT);
}

/**
 * Takes every part of the cache in the type in which it is given back, so that it can be fed again as it is. Only where attention is written
 * out may the two differ: before GroupQueryAttention no Cast may stand (graph/fused-attention.ts refuses such graphs).
 */
export function takeCacheAsGiven(rewrite: Rewrite): void {
  for (const name of rewrite.wiring.inputs.keys()) {
    const given = rewrite.wiring.outputs.get(name.replace(/^past_key_values/, 'present'));
    if (given) retypeInput(rewrite, name, given.type);
  }
}

/** Declares the logits anew, as [1, logit rows, vocabulary] in float32, with a cast where the graph computes them in float16. */
export function giveFloatLogits(rewrite: Rewrite): void {
  const vocabulary = rewrite.wiring.outputs.get(LOGITS)?.dims?.at(-1);
  retypeOutput(rewrite, LOGITS, DataType.FLOAT, [1, 'logit_rows', typeof vocabulary === 'number' ? vocabulary : 'vocabulary']);
}

/** An input of another type outside, cast to its own as it comes in. */
export function retypeInput(rewrite: Rewrite, name: string, outside: DataType): void {
  const { wiring } = rewrite;
  const declared = wiring.inputs.get(name);
  const [first] = wiring.readers(name);
  if (!declared || !first || declared.type === outside) return;
  const own = `noema/${name}`;
  rewrite.redirect(name, own);
  rewrite.before(first, [node('Cast', [name], own, { to: declared.type })]);
  rewrite.drop(declared.record);
  rewrite.inputs([valueInfo(name, outside, declared.dims)]);
}

/** An output declared anew, cast from the type in which the graph computes it. */
export function retypeOutput(rewrite: Rewrite, name: string, outside: DataType, dims: Declared['dims']): void {
  const { wiring } = rewrite;
  const declared = wiring.outputs.get(name);
  const producer = wiring.producer(name);
  if (!declared || !producer) return;
  rewrite.drop(declared.record);
  rewrite.outputs([valueInfo(name, outside, dims)]);
  if (declared.type === outside) return;
  const own = `noema/${name}`;
  const edited = rewrite.edit(producer);
  edited.output = edited.output.map((output) => (output === name ? own : output));
  rewrite.redirect(name, own);
  rewrite.nodes([node('Cast', [own], name, { to: outside })]);
}

/**
 * Takes away what the export says of sizes that it may have wrong. Public exports give the attention mask the same second
 * size as the embeddings, though it is longer by the past, and ONNX Runtime believes it when it plans memory: a float16
 * graph fails at its second pass on WASM. Sizes of inner tensors were inferred from that, and those behind the choice of rows
 * are others now; the runtime infers them all again. test/browser/graph-exports.browser.test.ts would notice the end.
 */
export function forgetSizes(rewrite: Rewrite): void {
  const { inputs, inner } = rewrite.wiring;
  for (const { record } of inner.values()) rewrite.drop(record);
  const mask = inputs.get(MASK);
  if (!mask || rewrite.drops(mask.record)) return;
  rewrite.drop(mask.record);
  rewrite.inputs([valueInfo(MASK, mask.type, [null, null])]);
}
