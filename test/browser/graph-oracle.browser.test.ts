// Layer by layer: the attention that an instrumented decoder tells against what ONNX Runtime's CPU kernel says of itself.
import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findAdapter, openDevice } from '../../models/device/adapter';
import { instrumentDecoder, type AttentionKind } from '../../models/graph/instrument';
import { DataType, valueInfo } from '../../models/graph/nodes';
import { AttributeProto_AttributeType as Kind, AttributeProtoSchema } from '../../models/graph/onnx_pb';
import { OUTPUTS } from '../../models/graph/ports';
import { readRecords } from '../../models/graph/records';
import { Rewrite } from '../../models/graph/rewrite';
import { readWiring } from '../../models/graph/wiring';
import type { QwenConfig } from '../../models/families/qwen-vl/config';
import { Runtime, type ExternalData, type Session } from '../../models/runtime/runtime';
import { inFloat32 } from './dequantise';
import { cacheNames, ExportFixture, feedsOf } from './exports';

// A software adapter compiles each shader for seconds.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const [PAST, ROWS] = [13, 21];
const ASKED = [0, 7, 20];
const COLUMNS = [4, 27] as const;
const BOUND = 1e-5;
const MODELS = [
  ['the embedded model', 'noema-tiny', 'fp32'],
  ['an export of release 0.18 of the onnxruntime-genai builder, its 4-bit weights in float32', 'genai-0.18', 'q4'],
  // Computes sines and cosines of the positions: on the GPU they would make every share wrong by 1e-5 to 1e-4.
  ['one of release 0.12', 'genai-0.12', 'q4'],
] as const;
const sharesOf = (layer: number): string => `oracle.${layer}`;

interface Case {
  readonly config: QwenConfig;
  readonly graph: Uint8Array;
  readonly externalData: ExternalData;
  /** Per layer, [asked rows, columns]: the mean over heads of what the kernel says it computed. */
  readonly told: readonly Float64Array[];
}

/** The graph with the attention weights after the softmax as further outputs of its attention nodes, which only the CPU kernel can give. */
function telling(graph: Uint8Array): Uint8Array {
  const rewrite = new Rewrite(readWiring(readRecords(graph, 'decoder')));
  const attention = rewrite.wiring.nodes.filter(({ node }) => node.opType === 'GroupQueryAttention');
  for (const [layer, entry] of attention.entries()) {
    const edited = rewrite.edit(entry);
    edited.attribute.push(create(AttributeProtoSchema, { name: 'qk_output', type: Kind.INT, i: 2n }));
    edited.output[3] = sharesOf(layer);
    rewrite.outputs([valueInfo(sharesOf(layer), DataType.FLOAT, null)]);
  }
  return rewrite.write();
}

const wave = (size: number, pace: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(i * pace) * 0.3);

/** Rows after a made-up cache, at uneven positions on the three axes. */
function feeds(runtime: Runtime, session: Session, config: QwenConfig) {
  const dims = [1, config.keyValueHeads, PAST, config.headSize];
  const size = config.keyValueHeads * PAST * config.headSize;
  return feedsOf(runtime, session, config, {
    positions: [0, 2, 1].map((shift) => Array.from({ length: ROWS }, (_, row) => PAST + shift + row)),
    rows: ASKED,
    embeddings: wave(ROWS * config.hiddenSize, 1.7),
    past: cacheNames(config.layers, 'past_key_values').map((_, i) => new runtime.ort.Tensor('float32', wave(size, 0.9 + i), dims)),
    columns: COLUMNS,
  });
}

async function prepare(runtime: Runtime, name: string, dtype: string): Promise<Case> {
  const fixture = await ExportFixture.open(name);
  const { config } = fixture;
  const { graph: own, externalData } = await fixture.graph('decoder_model_merged', dtype);
  const graph = inFloat32(own, externalData);
  const session = await runtime.create(telling(graph), 'oracle', { externalData });
  const keep = new runtime.ort.Tensor('int64', [1n], []);
  const given = {
    ...feeds(runtime, session, config),
    ...(session.inputNames.includes('num_logits_to_keep') ? { num_logits_to_keep: keep } : {}),
  };
  const names = Array.from({ length: config.layers }, (_, layer) => sharesOf(layer));
  const outputs = await session.run(given, names);
  await session.release();
  const told = names.map((layer) => meanOverHeads(outputs[layer].data as Float32Array, config.heads));
  return { config, graph, externalData, told };
}

function meanOverHeads(shares: Float32Array, heads: number): Float64Array {
  const total = PAST + ROWS;
  const [start, count] = COLUMNS;
  return Float64Array.from({ length: ASKED.length * count }, (_, i) => {
    const row = ASKED[Math.floor(i / count)];
    let sum = 0;
    for (let head = 0; head < heads; head += 1) sum += shares[(head * ROWS + row) * total + start + (i % count)];
    return sum / heads;
  });
}

/** One device for all: its shaders are compiled once. */
let device: GPUDevice | null = null;
let shared: Promise<Runtime> | null = null;
const gpu = (): Promise<Runtime> =>
  (shared ??= findAdapter()
    .then((adapter) => openDevice(adapter, { subgroups: false, f16: false }))
    .then((opened) => Runtime.open((device = opened))));
afterAll(async () => {
  await (await shared)?.close();
  device?.destroy();
});

describe.each(MODELS)('%s', (_, name, dtype) => {
  let known: Case;
  let cpu: Runtime;
  beforeAll(async () => {
    cpu = await Runtime.open(null);
    known = await prepare(cpu, name, dtype);
  });
  afterAll(() => cpu.close());

  async function expectEveryLayer(runtime: Runtime, attention: AttentionKind): Promise<void> {
    const { config, graph, externalData, told } = known;
    for (let layer = 0; layer < config.layers; layer += 1) {
      const { bytes, onProcessor } = instrumentDecoder(graph, config, name, { attention, layers: [layer] });
      const session = await runtime.create(bytes, name, { externalData, onProcessor });
      const outputs = await session.run(feeds(runtime, session, config), [OUTPUTS.attention]);
      const found = outputs[OUTPUTS.attention].data as Float32Array;
      await session.release();
      expect(found.length).toBe(told[layer].length);
      const worst = told[layer].reduce((most, share, i) => Math.max(most, Math.abs(share - found[i])), 0);
      expect(worst, `layer ${layer}`).toBeLessThan(BOUND);
      // The next layer attends otherwise: an off-by-one would show.
      const other = told[(layer + 1) % config.layers];
      expect(other.reduce((most, share, i) => Math.max(most, Math.abs(share - found[i])), 0)).toBeGreaterThan(100 * BOUND);
    }
  }

  it.each(['plain', 'fused'] as const)('tells on WASM, %s, what its kernel computes', (attention) => expectEveryLayer(cpu, attention));

  it('tells on WebGPU, fused, what the CPU kernel computes', async () => expectEveryLayer(await gpu(), 'fused'));
});
