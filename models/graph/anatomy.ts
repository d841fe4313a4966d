// Finds in a decoder graph the places the instrumentation holds on to, and refuses a graph that is not as expected.
import { readExplicitLayers, type ExplicitLayer } from './explicit-attention';
import { readFusedLayers, type FusedLayer } from './fused-attention';
import { findHead, type VocabularyHead } from './head';
import { TensorProto_DataType as DataType } from './onnx_pb';
import { unlike } from './refuse';
import type { DecoderShape } from './shape';
import type { Declared, Wiring } from './wiring';

export interface DecoderAnatomy {
  /** In GroupQueryAttention nodes, or written out in standard operators. */
  readonly attention:
    | { readonly kind: 'fused'; readonly layers: readonly FusedLayer[] }
    | { readonly kind: 'explicit'; readonly layers: readonly ExplicitLayer[] };
  /** Element type in which the key/value cache is given back: FLOAT or FLOAT16. */
  readonly cacheType: DataType;
  readonly head: VocabularyHead;
}

const FLOATS: readonly DataType[] = [DataType.FLOAT, DataType.FLOAT16];

/** Finds a decoder's parts. Throws BAD_MODEL naming the node, input or output that differs. */
export function readAnatomy(wiring: Wiring, shape: DecoderShape): DecoderAnatomy {
  if (wiring.inputs.has('use_cache_branch')) {
    throw unlike(
      'use_cache_branch',
      'the graph is two decoders under an If, one with and one without a cache',
      'Use an export whose decoder always takes a cache, empty at first, as exports since 2025 do.',
    );
  }
  checkEmbeddings(wiring);
  const cacheType = readCache(wiring, shape);
  const fused = wiring.nodes.some(({ node }) => node.opType === 'GroupQueryAttention');
  const attention = fused
    ? ({ kind: 'fused', layers: readFusedLayers(wiring, shape) } as const)
    : ({ kind: 'explicit', layers: readExplicitLayers(wiring, shape) } as const);
  checkPositions(wiring);
  const mask = wiring.inputs.get('attention_mask');
  if (mask && mask.type !== DataType.INT64) throw unlike('attention_mask', `it is ${typeName(mask)}, expected int64`);
  const logits = wiring.outputs.get('logits');
  if (!logits) throw unlike('logits', 'the graph has no such output');
  if (!FLOATS.includes(logits.type)) throw unlike('logits', `they are ${typeName(logits)}, expected float32 or float16`);
  return { attention, cacheType, head: findHead(wiring) };
}

function checkEmbeddings(wiring: Wiring): void {
  const embeddings = wiring.inputs.get('inputs_embeds');
  if (!embeddings) {
    throw unlike(
      'inputs_embeds',
      wiring.inputs.has('input_ids')
        ? 'the graph takes token ids, so latents and image features cannot be fed'
        : 'the graph has no such input',
      'Use an export whose decoder takes inputs_embeds; the onnxruntime-genai model builder writes one with exclude_embeds=true.',
    );
  }
  if (!FLOATS.includes(embeddings.type)) throw unlike('inputs_embeds', `they are ${typeName(embeddings)}, expected float32 or float16`);
}

function checkPositions(wiring: Wiring): void {
  const action = 'Use an export of the whole Qwen-VL model: a text-only one has no place for where image tokens stand.';
  const positions = wiring.inputs.get('position_ids');
  if (!positions)
    throw unlike('position_ids', 'the graph has no such input, so it cannot be told the three M-RoPE positions of a row', action);
  const { dims, type } = positions;
  if (dims && (dims.length !== 3 || (typeof dims[0] === 'number' && dims[0] !== 3))) {
    throw unlike(
      'position_ids',
      `their shape is [${dims.map((size) => size ?? '?').join(', ')}], expected [3, batch, rows] for M-RoPE`,
      action,
    );
  }
  if (type !== DataType.INT64) throw unlike('position_ids', `they are ${typeName(positions)}, expected int64`);
}

/** The element type in which all of the cache is given back. */
function readCache(wiring: Wiring, shape: DecoderShape): DataType {
  const types = new Set<DataType>();
  for (let layer = 0; layer < shape.layers; layer += 1) {
    for (const part of ['key', 'value']) {
      const name = `past_key_values.${layer}.${part}`;
      const past = wiring.inputs.get(name);
      if (!past) throw unlike(name, `the graph has no such input, though the config says ${shape.layers} layers`);
      if (!FLOATS.includes(past.type)) throw unlike(name, `the cache is ${typeName(past)}, expected float32 or float16`);
      const present = wiring.outputs.get(`present.${layer}.${part}`);
      if (!present) throw unlike(`present.${layer}.${part}`, 'the graph has no such output');
      if (!FLOATS.includes(present.type))
        throw unlike(`present.${layer}.${part}`, `the cache is ${typeName(present)}, expected float32 or float16`);
      const [, heads, , size] = past.dims ?? [];
      if (typeof heads === 'number' && heads !== shape.keyValueHeads) {
        throw unlike(name, `it has ${heads} key/value heads, the config says ${shape.keyValueHeads}`);
      }
      if (typeof size === 'number' && size !== shape.headSize)
        throw unlike(name, `its heads have size ${size}, the config says ${shape.headSize}`);
      types.add(present.type);
    }
  }
  if (types.size > 1) throw unlike('past_key_values', 'some of the cache is float32 and some float16');
  return [...types][0];
}

const typeName = ({ type }: Declared): string => DataType[type].toLowerCase();
