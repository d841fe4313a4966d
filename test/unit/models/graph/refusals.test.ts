// Decoders that cannot be instrumented: each is told where it differs, and what to do.
import { readFileSync } from 'node:fs';
import { clone, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import type { DecoderShape } from '../../../../models/graph/shape';
import { instrumentDecoder } from '../../../../models/graph/instrument';
import { DataType, node as makeNode, valueInfo } from '../../../../models/graph/nodes';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  type GraphProto,
  type NodeProto,
} from '../../../../models/graph/onnx_pb';
import { parseConfig } from '../../../../models/families/qwen-vl/config';
import { faultOf } from '../../../faults';

const read = (path: string): Uint8Array => new Uint8Array(readFileSync(new URL(`../../../../${path}`, import.meta.url)));
const shapeOf = (folder: string): DecoderShape =>
  parseConfig({
    'config.json': JSON.parse(new TextDecoder().decode(read(`${folder}/config.json`))) as unknown,
  });

const FUSED = 'public/models/noema-tiny';
const EXPLICIT = 'test/fixtures/exports/explicit-qwen2-vl';
const REFUSED = 'test/fixtures/exports/refused';
/** What its config.json says. */
const ONE_LAYER: DecoderShape = { layers: 1, heads: 2, keyValueHeads: 1, headSize: 16 };

type Change = (graph: GraphProto, find: (name: string) => NodeProto) => void;

/** What is said of a decoder after a change to its graph. */
function refusal(folder: string, change: Change, shape: Partial<DecoderShape> = {}) {
  const model = fromBinary(ModelProtoSchema, read(`${folder}/onnx/decoder_model_merged.onnx`));
  const graph = model.graph as GraphProto;
  change(graph, (name) => {
    const found = graph.node.find((entry) => entry.name === name);
    if (!found) throw new Error(`no node ${name}`);
    return found;
  });
  const bytes = toBinary(ModelProtoSchema, model);
  const told = faultOf(() => instrumentDecoder(bytes, { ...shapeOf(folder), ...shape }, 'decoder.onnx'));
  expect(told.code).toBe('BAD_MODEL');
  expect(told.action).not.toBe('');
  return told.message;
}

const attribute = (node: NodeProto, name: string) => {
  const found = node.attribute.find((entry) => entry.name === name);
  if (found) return found;
  const made = create(AttributeProtoSchema, { name, type: Kind.INT });
  node.attribute.push(made);
  return made;
};
/** Names an optional input; those before it that are not given have no name. */
const give = (node: NodeProto, index: number, name: string): void => {
  node.input = Array.from({ length: Math.max(node.input.length, index + 1) }, (_, i) => (i === index ? name : (node.input[i] ?? '')));
};
const without = <T extends { name: string }>(list: T[], name: string): T[] => list.filter((entry) => entry.name !== name);
const asInput = (graph: GraphProto, name: string, type: DataType, dims: (number | string)[]): void => {
  graph.input = [...without(graph.input, name), valueInfo(name, type, dims)];
};

describe('a cache that fused attention cannot take as it is fed', () => {
  it('is refused when it is cast on its way in', () => {
    const message = refusal(FUSED, (graph) => {
      const past = 'past_key_values.2.key';
      for (const entry of graph.node) entry.input = entry.input.map((name) => (name === past ? `${past}/cast` : name));
      graph.node.unshift(makeNode('Cast', [past], `${past}/cast`, { to: DataType.FLOAT }));
      asInput(graph, past, DataType.FLOAT16, [1, 2, 'p', 32]);
    });
    expect(message).toContain('at past_key_values.2.key, it is cast to another type before GroupQueryAttention');
  });

  it('is refused when it is said to come back in another type', () => {
    const message = refusal(FUSED, (graph) => asInput(graph, 'past_key_values.2.value', DataType.FLOAT16, [1, 2, 'p', 32]));
    expect(message).toContain('at past_key_values.2.value, it has another type than present.2.value');
  });
});

describe('a decoder of either generation', () => {
  it.each<[string, Change, string, string]>([
    ['two branches', (graph) => asInput(graph, 'use_cache_branch', DataType.BOOL, [1]), 'use_cache_branch', 'two decoders under an If'],
    [
      'token ids',
      (graph) => {
        graph.input = without(graph.input, 'inputs_embeds');
        asInput(graph, 'input_ids', DataType.INT64, [1, 's']);
      },
      'inputs_embeds',
      'the graph takes token ids',
    ],
    ['embeddings in doubles', (graph) => asInput(graph, 'inputs_embeds', DataType.DOUBLE, [1, 's', 64]), 'inputs_embeds', 'double'],
    ['no positions', (graph) => void (graph.input = without(graph.input, 'position_ids')), 'position_ids', 'no such input'],
    [
      'text positions',
      (graph) => asInput(graph, 'position_ids', DataType.INT64, ['batch', 's']),
      'position_ids',
      '[batch, s], expected [3, batch, rows]',
    ],
    ['positions of four', (graph) => asInput(graph, 'position_ids', DataType.INT64, [4, 1, 's']), 'position_ids', '[4, 1, s]'],
    ['narrow positions', (graph) => asInput(graph, 'position_ids', DataType.INT32, [3, 1, 's']), 'position_ids', 'int32, expected int64'],
    ['a mask of floats', (graph) => asInput(graph, 'attention_mask', DataType.FLOAT, [1, 's']), 'attention_mask', 'float, expected int64'],
    [
      'no cache',
      (graph) => void (graph.input = without(graph.input, 'past_key_values.1.value')),
      'past_key_values.1.value',
      'no such input',
    ],
    ['no present', (graph) => void (graph.output = without(graph.output, 'present.1.key')), 'present.1.key', 'no such output'],
    [
      'a cache in 8 bits',
      (graph) => asInput(graph, 'past_key_values.0.key', DataType.INT8, [1, 2, 'p', 16]),
      'past_key_values.0.key',
      'the cache is int8, expected float32 or float16',
    ],
    [
      'a cache of other heads',
      (graph) => asInput(graph, 'past_key_values.0.key', DataType.FLOAT, [1, 7, 'p', 16]),
      'past_key_values.0.key',
      '7 key/value heads',
    ],
    [
      'a cache of other sizes',
      (graph) => asInput(graph, 'past_key_values.0.key', DataType.FLOAT, [1, 2, 'p', 99]),
      'past_key_values.0.key',
      'have size 99',
    ],
    ['no logits', (graph) => void (graph.output = without(graph.output, 'logits')), 'logits', 'no such output'],
    [
      'logits in bfloat16',
      (graph) => void (graph.output = [...without(graph.output, 'logits'), valueInfo('logits', DataType.BFLOAT16, [1, 's', 768])]),
      'logits',
      'bfloat16, expected float32 or float16',
    ],
    [
      'an input nobody knows',
      (graph) => {
        asInput(graph, 'beam_idx', DataType.INT64, ['b']);
        graph.node.push(makeNode('Identity', ['beam_idx'], 'twin'));
        graph.output.push(valueInfo('twin', DataType.INT64, ['b']));
      },
      'twin',
      'the input beam_idx is needed',
    ],
  ])('is refused for %s', (_, change, where, what) => {
    for (const folder of [FUSED, EXPLICIT]) {
      const message = refusal(folder, change);
      expect(message).toContain(`at ${where},`);
      expect(message).toContain(what);
    }
  });

  it.each<[string, Change, string]>([
    ['another operator', (_, find) => void (find('/lm_head/MatMul').opType = 'MatMulInteger'), 'not from MatMulInteger'],
    ['no head', (graph) => void (graph.node = without(graph.node, '/lm_head/MatMul')), 'no node computes it'],
  ])('is refused for logits by %s', (_, change, what) => {
    for (const folder of [FUSED, EXPLICIT]) expect(refusal(folder, change)).toContain(what);
  });

  it('is refused when rows are chosen in a way that is not known', () => {
    const message = refusal(FUSED, (_, find) => void (find('/lm_head/num_logits_to_keep/Slice').opType = 'GatherND'));
    expect(message).toContain('must come from the final norm, not from GatherND');
  });

  it('is refused for layers that it does not have', () => {
    const bytes = read(`${FUSED}/onnx/decoder_model_merged.onnx`);
    for (const layers of [[], [6], [-1], [0.5], [2, 2]]) {
      expect(faultOf(() => instrumentDecoder(bytes, shapeOf(FUSED), 'decoder', { layers })).code).toBe('BAD_INPUT');
    }
  });
});

describe('a decoder with fused attention', () => {
  const third = '/model/layers.2/attn/GroupQueryAttention';
  it.each<[string, Change, string]>([
    ['a window', (_, find) => void (attribute(find(third), 'local_window_size').i = 128n), 'local window'],
    ['other heads', (_, find) => void (attribute(find(third), 'num_heads').i = 12n), 'it has 12 heads, the config says 6'],
    [
      'other key/value heads',
      (_, find) => void (attribute(find(third), 'kv_num_heads').i = 3n),
      'it has 3 key/value heads, the config says 2',
    ],
    ['a soft cap', (_, find) => void (attribute(find(third), 'softcap').f = 30), 'soft cap'],
    ['another scale', (_, find) => void (attribute(find(third), 'scale').f += 1), "differs from the first layer's"],
    ['a sink', (_, find) => give(find(third), 11, 'sink'), 'sink'],
    ['a smooth softmax', (_, find) => void (attribute(find(third), 'smooth_softmax').i = 1n), 'sink'],
    ['norms inside', (_, find) => give(find(third), 14, 'norm'), 'normalised inside the kernel'],
    ['rows that see what comes', (_, find) => void (attribute(find(third), 'causal').i = 0n), 'causal'],
    ['packed queries', (_, find) => void (find(third).input[1] = ''), 'not packed'],
    ['rotation inside', (_, find) => void (attribute(find(third), 'do_rotary').i = 1n), 'do_rotary 1'],
    ['no cache', (_, find) => void (find(third).input[3] = ''), 'cache'],
    ['a cache of another layer', (_, find) => void (find(third).input[4] = 'past_key_values.1.value'), 'expected past_key_values.2.value'],
  ])('is refused for %s, at the node that differs', (_, change, what) => {
    const message = refusal(FUSED, change);
    expect(message).toContain(third);
    expect(message).toContain(what);
  });

  it('is refused for fewer attention nodes than layers', () => {
    expect(refusal(FUSED, (_, find) => void (find(third).opType = 'MultiHeadAttention'))).toContain(
      '5 GroupQueryAttention nodes, its config says 6',
    );
  });

  it.each([
    ['packed', 'not packed', 'models/recipes'],
    ['rotary-inside', 'the three of M-RoPE', 'rotates queries and keys before GroupQueryAttention'],
    ['text-only', 'expected [3, batch, rows] for M-RoPE', 'text-only'],
  ])('is refused as the builder writes it: %s', (name, what, action) => {
    const told = faultOf(() => instrumentDecoder(read(`${REFUSED}/${name}.onnx`), ONE_LAYER, name));
    expect(told).toMatchObject({
      code: 'BAD_MODEL',
      message: expect.stringContaining(what) as string,
      action: expect.stringContaining(action) as string,
    });
  });
});

describe('a decoder with attention written out', () => {
  const softmax = (graph: GraphProto, layer: number): NodeProto => graph.node.filter((entry) => entry.opType === 'Softmax')[layer];

  it('is refused for a closed kernel', () => {
    const message = refusal(EXPLICIT, (graph) => void graph.node.push(makeNode('MultiHeadAttention', ['q'], 'closed')));
    expect(message).toContain('at closed, attention is computed by MultiHeadAttention');
  });

  it('is refused for a layer without a softmax', () => {
    expect(refusal(EXPLICIT, (graph) => void (softmax(graph, 1).opType = 'Sigmoid'))).toContain('at layer 1, there is neither');
  });

  it('is refused for a second softmax over the same keys', () => {
    const message = refusal(EXPLICIT, (graph) => {
      const twin = clone(NodeProtoSchema, softmax(graph, 1));
      twin.name = 'twin';
      twin.output = ['twin'];
      graph.node.push(twin);
    });
    expect(message).toContain("second softmax over layer 1's keys");
  });

  it('is refused for a softmax over another axis', () => {
    expect(refusal(EXPLICIT, (graph) => void (attribute(softmax(graph, 2), 'axis').i = 1n))).toContain('runs over axis 1');
  });

  it('is refused for shares that do not meet the values', () => {
    const message = refusal(EXPLICIT, (graph) => {
      const shares = softmax(graph, 0).output[0];
      for (const entry of graph.node) entry.input = entry.input.map((name) => (name === shares ? 'past_key_values.0.key' : name));
    });
    expect(message).toContain('do not meet the values of layer 0');
  });

  it('is refused for a cache that does not grow', () => {
    const message = refusal(EXPLICIT, (graph) => {
      const grown = graph.node.find((entry) => entry.output[0] === 'present.1.key') as NodeProto;
      grown.output = ['elsewhere'];
      for (const entry of graph.node) entry.input = entry.input.map((name) => (name === 'present.1.key' ? 'elsewhere' : name));
      graph.node.push(makeNode('Add', ['elsewhere', 'elsewhere'], 'present.1.key'));
    });
    expect(message).toContain('at present.1.key, it does not grow out of past_key_values.1.key');
  });

  it('is refused for other heads than the config, told by the output projection when nothing is declared', () => {
    const undeclared: Change = (graph) => void (graph.valueInfo = []);
    for (const change of [undeclared, () => undefined]) {
      expect(refusal(EXPLICIT, change, { heads: 8 })).toMatch(/Softmax.*, it has 4 heads, the config says 8/);
    }
  });

  it('is refused for more layers than the config', () => {
    expect(refusal(EXPLICIT, () => undefined, { layers: 2 })).toContain('belongs to layer 2, the config says 2 layers');
  });
});

describe('bytes that are no model', () => {
  it('are refused', () => {
    const whole = read(`${FUSED}/onnx/decoder_model_merged.onnx`);
    const page = new TextEncoder().encode('<!doctype html><html><body>Not found</body></html>');
    for (const bytes of [page, whole.subarray(0, whole.length - 1000), new Uint8Array(), whole.subarray(0, 40)]) {
      expect(faultOf(() => instrumentDecoder(bytes, shapeOf(FUSED), 'decoder.onnx'))).toMatchObject({
        code: 'BAD_MODEL',
        message: expect.stringMatching(/^decoder.onnx is not a usable ONNX model: .+\.$/) as string,
      });
    }
  });
});
