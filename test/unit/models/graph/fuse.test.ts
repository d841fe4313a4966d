// What joining does to a graph and its files: byte for byte the same weights, once each, and nothing joined that is not alike.
import { readFileSync } from 'node:fs';
import { clone, create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { externalFiles } from '../../../../models/graph/external-files';
import { instrumentDecoder } from '../../../../models/graph/instrument';
import { joinFiles } from '../../../../models/graph/joined-weights';
import { DataType, int64s, node as makeNode, valueInfo } from '../../../../models/graph/nodes';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  ModelProtoSchema,
  NodeProtoSchema,
  TensorProto_DataLocation as Location,
  type GraphProto,
  type NodeProto,
  type TensorProto,
} from '../../../../models/graph/onnx_pb';
import { parseConfig } from '../../../../models/families/qwen-vl/config';
import { faultOf } from '../../../faults';

const at = (path: string): URL => new URL(`../../../../${path}`, import.meta.url);
const read = (path: string): Uint8Array => new Uint8Array(readFileSync(at(path)));
const configOf = (folder: string) =>
  parseConfig({
    'config.json': JSON.parse(new TextDecoder().decode(read(`${folder}/config.json`))) as unknown,
  });

/** Ours with weights inside the graph and two layers; the builder's with weights beside it and six. */
const INSIDE = { folder: 'test/fixtures/exports/gqa-qwen2-vl', config: configOf('test/fixtures/exports/gqa-qwen2-vl') };
const BESIDE = { folder: 'test/fixtures/exports/genai-0.12', config: configOf('public/models/noema-tiny') };
const GRAPH = 'onnx/decoder_model_merged_q4.onnx';

interface Export {
  readonly folder: string;
  readonly config: ReturnType<typeof configOf>;
}

type Change = (graph: GraphProto, find: (name: string) => NodeProto) => void;

const graphOf = (bytes: Uint8Array): GraphProto => fromBinary(ModelProtoSchema, bytes).graph as GraphProto;
const published = ({ folder }: Export) =>
  [...externalFiles(read(`${folder}/${GRAPH}`), GRAPH).keys()].map((path) => ({ path, data: read(`${folder}/onnx/${path}`) }));

/** The fused graph after a change to the published one. */
function fused({ folder, config }: Export, change: Change = () => undefined) {
  const model = fromBinary(ModelProtoSchema, read(`${folder}/${GRAPH}`));
  const graph = model.graph as GraphProto;
  change(graph, (name) => {
    const found = graph.node.find((entry) => entry.name === name);
    if (!found) throw new Error(`no node ${name}`);
    return found;
  });
  const instrumented = instrumentDecoder(toBinary(ModelProtoSchema, model), config, 'decoder', { fuse: true });
  return { ...instrumented, graph: graphOf(instrumented.bytes) };
}

const products = (graph: GraphProto): NodeProto[] => graph.node.filter((entry) => entry.opType === 'MatMulNBits');
const number = (own: NodeProto, name: string): number => Number(own.attribute.find((attribute) => attribute.name === name)?.i ?? 0);
const kernels = (graph: GraphProto): NodeProto[] => graph.node.filter((entry) => entry.opType === 'GroupQueryAttention');

/** The bytes of a weight, wherever they lie. */
async function bytesOf(graph: GraphProto, name: string, files: readonly { path: string; data: Uint8Array | Blob }[]): Promise<Buffer> {
  const tensor = graph.initializer.find((entry) => entry.name === name) as TensorProto;
  if (tensor.dataLocation !== Location.EXTERNAL) return Buffer.from(tensor.rawData);
  const entry = (key: string): string => tensor.externalData.find((pair) => pair.key === key)?.value ?? '0';
  const { data } = files.find(({ path }) => path === entry('location')) as { data: Uint8Array | Blob };
  const [start, end] = [Number(entry('offset')), Number(entry('offset')) + Number(entry('length'))];
  return data instanceof Blob ? Buffer.from(await data.slice(start, end).arrayBuffer()) : Buffer.from(data.subarray(start, end));
}

describe.each([
  ['inside the graph', INSIDE, 4],
  ['beside it', BESIDE, 5],
] as const)('weights %s', (_, model, productsOfLayer) => {
  const { layers, heads, keyValueHeads, headSize } = model.config;
  const before = graphOf(read(`${model.folder}/${GRAPH}`));

  it('of queries, keys and values become one product, in this order, which the kernel takes apart and turns', () => {
    const { graph } = fused(model);
    expect(kernels(graph).length).toBe(layers);
    for (const kernel of kernels(graph)) {
      expect(number(kernel, 'do_rotary')).toBe(1);
      expect(kernel.input.slice(1, 3)).toEqual(['', '']);
      const product = products(graph).find((entry) => entry.output[0] === kernel.input[0]) as NodeProto;
      expect(number(product, 'N')).toBe((heads + 2 * keyValueHeads) * headSize);
      expect(product.input[1]).toMatch(/q_proj/);
    }
    expect(graph.node.filter((entry) => entry.opType.endsWith('RotaryEmbedding'))).toEqual([]);
  });

  it('are the same bytes end to end, and every weight is there once', async () => {
    const { graph, files } = fused(model);
    const own = published(model);
    const now = joinFiles(own, files, GRAPH);
    const joined = graph.initializer.filter(({ name }) => /q_proj.*(quant|Q4|scales|zp|bias)/.test(name));
    expect(joined.length).toBeGreaterThanOrEqual(3 * layers);
    for (const { name } of joined) {
      const q = name.replace('noema/joined/', '');
      const parts = await Promise.all(['q_proj', 'k_proj', 'v_proj'].map((part) => bytesOf(before, q.replace('q_proj', part), own)));
      expect((await bytesOf(graph, name, now)).equals(Buffer.concat(parts)), name).toBe(true);
      for (const part of ['q_proj', 'k_proj', 'v_proj']) {
        expect(graph.initializer.some((tensor) => tensor.name === q.replace('q_proj', part))).toBe(false);
      }
    }
    for (const { name } of before.initializer) {
      if (!graph.initializer.some((tensor) => tensor.name === name)) continue;
      expect((await bytesOf(graph, name, now)).equals(await bytesOf(before, name, own)), name).toBe(true);
    }
    const size = (list: readonly { data: Uint8Array | Blob }[]): number =>
      list.reduce((sum, { data }) => sum + (data instanceof Blob ? data.size : data.length), 0);
    // Padding between weights is not carried over.
    expect(size(now)).toBeLessThanOrEqual(size(own));
    // Gate and up without zero points are left to the runtime, which has a kernel for the two.
    expect(products(graph).length).toBe(productsOfLayer * layers + 1);
  });
});

describe('products', () => {
  const k = '/model/layers.0/attn/k_proj/MatMul_Quant';
  const up = '/model/layers.0/mlp/up_proj/MatMul_Quant';
  const attribute = (own: NodeProto, name: string, value: number): void => {
    own.attribute = [
      ...own.attribute.filter((entry) => entry.name !== name),
      create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) }),
    ];
  };
  const weight = (graph: GraphProto, name: string): TensorProto => graph.initializer.find((entry) => entry.name === name) as TensorProto;
  const normal = products(fused(INSIDE).graph).length;

  it.each<[string, Change]>([
    ['another level of accuracy', (_, find) => attribute(find(k), 'accuracy_level', 4)],
    ['weights that another node reads too', (graph, find) => void graph.node.push(makeNode('Identity', [find(k).input[1]], 'spy'))],
    ['weights that are an input as well', (graph, find) => void graph.input.push(valueInfo(find(k).input[1], DataType.UINT8, [32, 2, 16]))],
    ['an order of its own of the columns', (_, find) => void (find(k).input[4] = 'order')],
    ['zero points that one has and others have not', (_, find) => void (find(k).input.length = 3)],
    [
      'zero points of which two rows share a byte',
      (graph, find) => {
        const zp = weight(graph, find(k).input[3]);
        zp.dims = [1n];
        zp.rawData = zp.rawData.subarray(0, 1);
      },
    ],
    [
      'fewer scales than blocks',
      (graph, find) => {
        const scales = weight(graph, find(k).input[2]);
        scales.rawData = scales.rawData.subarray(0, scales.rawData.length - 4);
      },
    ],
  ])('of queries, keys and values stay apart for %s', (_, change) => {
    const { graph } = fused(INSIDE, change);
    // All other layers were joined if one could not be: rotation goes inside everywhere or nowhere, and products side by side stay.
    expect(products(graph).some((entry) => entry.name === k)).toBe(true);
    expect(kernels(graph).every((kernel) => number(kernel, 'do_rotary') === 0)).toBe(true);
    expect(products(graph).length).toBeGreaterThan(normal);
  });

  it('gate and up come apart again under their own names', () => {
    const { graph } = fused(INSIDE);
    const split = graph.node.find((entry) => entry.output.some((name) => name.includes('layers.0/mlp/up_proj'))) as NodeProto;
    expect(split.opType).toBe('Split');
    expect(split.output.map((name) => /gate|up/.exec(name)?.[0])).toEqual(['gate', 'up']);
    expect(graph.node.some((entry) => entry.name === up)).toBe(false);
  });

  it('whose sum is with something else than a bias keep it', () => {
    const { graph } = fused(INSIDE, (own, find) => {
      const add = find('/model/layers.0/attn/k_proj/Add');
      own.node.splice(own.node.indexOf(add), 0, makeNode('Identity', [add.input[1]], 'computed'));
      add.input[1] = 'computed';
    });
    expect(graph.node.some((entry) => entry.name === '/model/layers.0/attn/k_proj/Add')).toBe(true);
  });
});

describe('rotation', () => {
  const turn = '/model/layers.1/attn/k_mrope/RotaryEmbedding';
  it.each<[string, Change]>([
    [
      'heads turned in pairs of neighbours',
      (_, find) => void ((find(turn).attribute.find((a) => a.name === 'interleaved') as { i: bigint }).i = 1n),
    ],
    [
      'another table in one layer',
      (graph, find) => {
        graph.node.unshift(makeNode('Identity', [find(turn).input[2]], 'other'));
        find(turn).input[2] = 'other';
      },
    ],
    [
      'a reader of the turned keys',
      (graph, find) => {
        const twin = clone(NodeProtoSchema, makeNode('Identity', [find(turn).output[0]], 'spy'));
        graph.node.push(twin);
        graph.output.push(valueInfo('spy', DataType.FLOAT, null));
      },
    ],
    [
      'nothing turned in one layer',
      (_, find) => Object.assign(find(turn), { opType: 'Identity', domain: '', input: [find(turn).input[0]], attribute: [] }),
    ],
  ])('stays outside everywhere for %s', (_, change) => {
    const { graph } = fused(INSIDE, change);
    expect(kernels(graph).every((kernel) => number(kernel, 'do_rotary') === 0)).toBe(true);
    expect(graph.node.some((entry) => entry.name === '/model/layers.0/attn/q_mrope/RotaryEmbedding')).toBe(true);
  });

  it('counts lines itself only where they are not row numbers', () => {
    const gathers = (graph: GraphProto): number => graph.node.filter((entry) => /row_(co)?sines/.test(entry.output[0] ?? '')).length;
    expect(gathers(fused(INSIDE).graph)).toBe(0);
    const { graph } = fused(INSIDE, (own, find) => {
      own.initializer.push(int64s('start', [1]));
      own.node.unshift(makeNode('Squeeze', ['start'], 'first'));
      find('/model/mrope_dynamic_cache/Range').input[0] = 'first';
    });
    expect(gathers(graph)).toBe(2);
  });
});

describe('files', () => {
  it('that are shorter than their graph says are refused', () => {
    const { files } = fused(BESIDE);
    const own = published(BESIDE).map(({ path, data }) => ({ path, data: data.subarray(0, data.length - 4096) }));
    expect(faultOf(() => joinFiles(own, files, GRAPH))).toMatchObject({ code: 'BAD_MODEL' });
  });

  it('are handed over as they are where nothing was joined', () => {
    const { bytes, files } = instrumentDecoder(read(`${BESIDE.folder}/${GRAPH}`), BESIDE.config, 'decoder');
    expect(files).toEqual([]);
    expect(products(graphOf(bytes)).length).toBe(7 * BESIDE.config.layers + 1);
    const own = published(BESIDE);
    for (const [index, { path, data }] of joinFiles(own, files, GRAPH).entries()) {
      expect(path).toBe(own[index].path);
      expect(data).toBe(own[index].data);
    }
  });
});
