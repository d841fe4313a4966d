// Reads a GroupQueryAttention node: where its queries and keys are, and whether it computes the attention that the read-out repeats.
import { unlike } from './refuse';
import type { DecoderShape } from './shape';
import { whole, type NodeRecord, type Wiring } from './wiring';

/** One layer's fused attention: names of the tensors that hold its rotated queries and all its keys. */
export interface FusedLayer {
  readonly node: NodeRecord;
  /** [1, rows, heads * head size] */
  readonly query: string;
  /** [1, rows, key/value heads * head size] */
  readonly newKey: string;
  readonly newValue: string;
  /** [1, key/value heads, rows so far, head size] */
  readonly pastKey: string;
  readonly pastValue: string;
  /** [1, key/value heads, total rows, head size] */
  readonly key: string;
  readonly value: string;
  /** [1, rows, heads * head size] */
  readonly output: string;
  /** Factor on the scores before the softmax. */
  readonly scale: number;
}

/** The layers' attention nodes, in the order of their caches. Throws BAD_MODEL naming the node that differs. */
export function readFusedLayers(wiring: Wiring, shape: DecoderShape): FusedLayer[] {
  const nodes = wiring.nodes.filter(({ node }) => node.opType === 'GroupQueryAttention');
  if (nodes.length !== shape.layers) {
    throw unlike('the decoder', `it has ${nodes.length} GroupQueryAttention nodes, its config says ${shape.layers} layers`);
  }
  const found = nodes.map((entry) => readNode(entry, shape));
  const layers = Array.from({ length: shape.layers }, (_, index) => {
    const layer = found.find(({ pastKey }) => pastKey === `past_key_values.${index}.key`);
    if (!layer) throw unlike(`past_key_values.${index}.key`, notTaken(wiring, `past_key_values.${index}.key`), OWN_TYPE);
    const { node } = layer.node;
    const expected = [`past_key_values.${index}.value`, `present.${index}.key`, `present.${index}.value`];
    const told = [layer.pastValue, layer.key, layer.value];
    const odd = expected.findIndex((name, at) => told[at] !== name);
    if (odd >= 0) throw unlike(node.name, `its cache is ${told[odd]}, expected ${expected[odd]}`);
    for (const [past, present] of [
      [layer.pastKey, layer.key],
      [layer.pastValue, layer.value],
    ]) {
      if (wiring.inputs.get(past)?.type !== wiring.outputs.get(present)?.type)
        throw unlike(past, `it has another type than ${present}, though GroupQueryAttention gives the cache back as it takes it`, OWN_TYPE);
    }
    return layer;
  });
  const uneven = layers.find((layer) => layer.scale !== layers[0].scale);
  if (uneven) throw unlike(uneven.node.node.name, "its scale differs from the first layer's");
  return layers;
}

const OWN_TYPE = 'Use an export whose cache goes into GroupQueryAttention and comes out of it in its own type, without a Cast between.';

/**
 * Why an input of the cache is nobody's past. A Cast before the attention node would be fatal: the kernel declares that it may write the new
 * cache over the old one, so ONNX Runtime plans the Cast's output as the new cache's buffer, which is too short for it, and every pass fails.
 */
function notTaken(wiring: Wiring, past: string): string {
  const cast = wiring.readers(past).some(({ node }) => node.opType === 'Cast');
  return cast ? 'it is cast to another type before GroupQueryAttention' : 'no GroupQueryAttention node takes it as its past';
}

function readNode(entry: NodeRecord, shape: DecoderShape): FusedLayer {
  const { node } = entry;
  const real = (name: string): number => node.attribute.find((a) => a.name === name)?.f ?? 0;
  const expect = (holds: boolean, what: string, action?: string): void => {
    if (!holds) throw unlike(node.name, what, action);
  };
  const [query, key, value, pastKey, pastValue] = node.input;
  expect(
    whole(node, 'do_rotary', 0) === 0,
    'positions are applied inside the kernel (do_rotary 1), which knows one number per row, not the three of M-RoPE',
    'Use an export that rotates queries and keys before GroupQueryAttention (do_rotary 0), as the onnxruntime-genai model builder writes for Qwen-VL.',
  );
  expect(Boolean(query && key && value), 'queries, keys and values must come as three inputs, not packed');
  expect(Boolean(pastKey && pastValue && node.output[1] && node.output[2]), 'it must take and return a key/value cache');
  const heads = whole(node, 'num_heads', 0);
  expect(heads === shape.heads, `it has ${heads} heads, the config says ${shape.heads}`);
  const kv = whole(node, 'kv_num_heads', 0);
  expect(kv === shape.keyValueHeads, `it has ${kv} key/value heads, the config says ${shape.keyValueHeads}`);
  expect(real('softcap') === 0, 'attention with a soft cap is not supported');
  expect(whole(node, 'local_window_size', -1) === -1, 'attention with a local window is not supported');
  expect(whole(node, 'smooth_softmax', 0) === 0 && !node.input[11], 'attention with a sink is not supported');
  expect(!node.input[14] && !node.input[15], 'queries or keys are normalised inside the kernel, which is not supported');
  expect(whole(node, 'causal', 1) === 1, 'attention must be causal');
  return {
    node: entry,
    query,
    newKey: key,
    newValue: value,
    pastKey,
    pastValue,
    key: node.output[1],
    value: node.output[2],
    output: node.output[0],
    scale: real('scale') || shape.headSize ** -0.5,
  };
}
