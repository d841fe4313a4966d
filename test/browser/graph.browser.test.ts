// The instrumented decoder against the plain one: same logits, same cache, and attention as the kernel itself tells it.
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { beforeAll, describe, expect, it } from 'vitest';
import { instrumentDecoder } from '../../models/graph/instrument';
import { CAUSAL_MASK, INPUTS, OUTPUTS, PACKING_MASK } from '../../models/graph/ports';
import { DataType, int64s, node, valueInfo } from '../../models/graph/nodes';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  ModelProtoSchema,
  TensorProtoSchema,
  type GraphProto,
  type ModelProto,
  type NodeProto,
  type TensorProto,
} from '../../models/graph/onnx_pb';
import { Runtime, type Feeds } from '../../models/runtime/runtime';
import { MODEL_URL } from './helpers';
import { relativeError } from './numbers';

const SHAPE = { layers: 6, heads: 6, keyValueHeads: 2, headSize: 32 };
const ROWS = 21;
const PAST = 13;
/** Rows of a cache that is longer than any sequence here. */
const LONG = 50;

const graphOf = (model: ModelProto) => model.graph as NonNullable<ModelProto['graph']>;
const attentionNodes = (model: ModelProto): NodeProto[] => graphOf(model).node.filter(({ opType }) => opType === 'GroupQueryAttention');

/** What the export chooses the rows from. */
const hiddenOf = (graph: GraphProto): string => graph.node.find(({ name }) => name === '/lm_head/num_logits_to_keep/Slice')?.input[0] ?? '';

describe('the instrumented decoder', () => {
  let plain: Uint8Array;
  let runtime: Runtime;
  beforeAll(async () => {
    plain = new Uint8Array(await (await fetch(new URL('onnx/decoder_model_merged.onnx', MODEL_URL))).arrayBuffer());
    runtime = await Runtime.open(null);
  });

  /** The inputs of the plain graph: rows after a made-up cache, with uneven positions on the three axes. */
  function feeds(): Record<string, Feeds[string]> {
    const { Tensor } = runtime.ort;
    const total = PAST + ROWS;
    const wave = (size: number, pace: number): Float32Array => Float32Array.from({ length: size }, (_, i) => Math.sin(i * pace) * 0.3);
    const made: Record<string, Feeds[string]> = {
      inputs_embeds: new Tensor('float32', wave(ROWS * 192, 1.7), [1, ROWS, 192]),
      attention_mask: new Tensor('int64', new BigInt64Array(total).fill(1n), [1, total]),
      position_ids: new Tensor(
        'int64',
        BigInt64Array.from({ length: 3 * ROWS }, (_, i) => BigInt(PAST + (i % ROWS) + (i < ROWS ? 0 : 2))),
        [3, 1, ROWS],
      ),
    };
    for (let layer = 0; layer < SHAPE.layers; layer += 1) {
      for (const part of ['key', 'value']) {
        const size = SHAPE.keyValueHeads * PAST * SHAPE.headSize;
        made[`past_key_values.${layer}.${part}`] = new Tensor('float32', wave(size, 0.9 + layer), [
          1,
          SHAPE.keyValueHeads,
          PAST,
          SHAPE.headSize,
        ]);
      }
    }
    return made;
  }

  function readOutFeeds(logitRows: number[], attentionRows: number[], start: number, end: number, want = true): Feeds {
    const { Tensor } = runtime.ort;
    const total = PAST + ROWS;
    const int64 = (values: number[]) => new Tensor('int64', BigInt64Array.from(values, BigInt), [values.length]);
    const mask = new Float32Array(attentionRows.length * total);
    attentionRows.forEach((row, i) => mask.fill(-1e9, i * total + PAST + row + 1, (i + 1) * total));
    return {
      ...feeds(),
      [INPUTS.logitRows]: int64(logitRows),
      [INPUTS.wantAttention]: new Tensor('bool', [want], []),
      [INPUTS.givenRows]: new Tensor('float32', new Float32Array(attentionRows.length), [attentionRows.length]),
      [INPUTS.attentionRows]: int64(attentionRows),
      [INPUTS.attentionMask]: new Tensor('float32', mask, [attentionRows.length, total]),
      [INPUTS.columns]: int64(Array.from({ length: end - start }, (_, i) => start + i)),
      [PACKING_MASK]: new Tensor('float32', [0], [1, 1, 1, 1]),
    };
  }

  it("gives the plain graph's logits, hidden states and cache, for the chosen rows in their order", async () => {
    const reference = fromBinary(ModelProtoSchema, plain);
    graphOf(reference).output.push(valueInfo('/model/layers.6/final_norm_layernorm/output_0', DataType.FLOAT, [1, 'rows', 192]));
    const original = await runtime.create(toBinary(ModelProtoSchema, reference), 'plain');
    const keep = new runtime.ort.Tensor('int64', [0n], []);
    const all = await original.run({ ...feeds(), num_logits_to_keep: keep }, [
      'logits',
      '/model/layers.6/final_norm_layernorm/output_0',
      'present.5.value',
    ]);
    const instrumented = await runtime.create(instrumentDecoder(plain, SHAPE, 'decoder').bytes, 'instrumented');
    expect(instrumented.inputNames).not.toContain('num_logits_to_keep');
    const rows = [20, 3, 3, 0];
    const chosen = await instrumented.run(readOutFeeds(rows, [0], 0, 1), ['logits', OUTPUTS.hidden, 'present.5.value']);
    const pick = (name: string, width: number): number[] =>
      rows.flatMap((row) => [...(all[name].data as Float32Array).subarray(row * width, (row + 1) * width)]);
    expect(chosen['logits'].dims).toEqual([1, 4, 768]);
    expect(relativeError(pick('logits', 768), chosen['logits'].data as Float32Array)).toBeLessThan(1e-5);
    expect(
      relativeError(pick('/model/layers.6/final_norm_layernorm/output_0', 192), chosen[OUTPUTS.hidden].data as Float32Array),
    ).toBeLessThan(1e-5);
    expect(chosen['present.5.value'].data).toEqual(all['present.5.value'].data);
    await original.release();
    await instrumented.release();
  });

  it('reads the attention that the kernel computes, averaged over layers and heads', async () => {
    const oracle = fromBinary(ModelProtoSchema, plain);
    attentionNodes(oracle).forEach((entry, layer) => {
      entry.attribute.push(create(AttributeProtoSchema, { name: 'qk_output', type: Kind.INT, i: 2n }));
      entry.output.push(`shares.${layer}`);
      graphOf(oracle).output.push(valueInfo(`shares.${layer}`, DataType.FLOAT, [1, SHAPE.heads, 'rows', 'columns']));
    });
    const names = Array.from({ length: SHAPE.layers }, (_, layer) => `shares.${layer}`);
    const told = await runtime.create(toBinary(ModelProtoSchema, oracle), 'oracle');
    const shares = await told.run({ ...feeds(), num_logits_to_keep: new runtime.ort.Tensor('int64', [1n], []) }, names);

    const instrumented = await runtime.create(instrumentDecoder(plain, SHAPE, 'decoder').bytes, 'instrumented');
    const [rows, start, end] = [[0, 7, 20], 4, 19];
    const read = await instrumented.run(readOutFeeds([0], rows, start, end), [OUTPUTS.attention]);
    const total = PAST + ROWS;
    const expected = rows.flatMap((row) =>
      Array.from({ length: end - start }, (_, column) => {
        let sum = 0;
        for (const name of names)
          for (let head = 0; head < SHAPE.heads; head += 1)
            sum += (shares[name].data as Float32Array)[(head * ROWS + row) * total + start + column];
        return sum / (SHAPE.layers * SHAPE.heads);
      }),
    );
    expect(read[OUTPUTS.attention].dims).toEqual([3, end - start]);
    expect(relativeError(expected, read[OUTPUTS.attention].data as Float32Array)).toBeLessThan(1e-5);
    // Row 0 of the pass stands at column 13 of the sequence: it cannot see what comes after.
    expect([...(read[OUTPUTS.attention].data as Float32Array).subarray(PAST + 1 - start, end - start)].every((share) => share === 0)).toBe(
      true,
    );

    const off = await instrumented.run(readOutFeeds([0], rows, start, end, false), [OUTPUTS.attention]);
    expect(off[OUTPUTS.attention].dims).toEqual([1, 1]);
    await told.release();
    await instrumented.release();
  });

  it('computes with standard operators what the fused attention computes', async () => {
    const fused = await runtime.create(instrumentDecoder(plain, SHAPE, 'decoder').bytes, 'fused');
    const standard = await runtime.create(instrumentDecoder(plain, SHAPE, 'decoder', { attention: 'plain' }).bytes, 'standard');
    // Nothing reads the export's own mask any more, nor the read-out's, nor that of packing.
    for (const mask of ['attention_mask', INPUTS.attentionMask, PACKING_MASK]) expect(standard.inputNames).not.toContain(mask);
    const given = readOutFeeds([0, 9, 20], [0, 20], 2, 30);
    const { attention_mask: _, [INPUTS.attentionMask]: __, [PACKING_MASK]: ___, ...rest } = given;
    const total = PAST + ROWS;
    const mask = new Float32Array(ROWS * total);
    for (let row = 0; row < ROWS; row += 1) mask.fill(-1e9, row * total + PAST + row + 1, (row + 1) * total);
    const fetch = ['logits', OUTPUTS.attention, 'present.0.key', 'present.5.value'];
    const expected = await fused.run(given, fetch);
    const found = await standard.run({ ...rest, [CAUSAL_MASK]: new runtime.ort.Tensor('float32', mask, [ROWS, total]) }, fetch);
    for (const name of fetch) {
      expect(found[name].dims).toEqual(expected[name].dims);
      expect(relativeError(expected[name].data as Float32Array, found[name].data as Float32Array), name).toBeLessThan(1e-5);
    }
    await fused.release();
    await standard.release();
  });

  it('reads the rows of the sequence alone in a cache that is longer', async () => {
    const session = await runtime.create(instrumentDecoder(plain, SHAPE, 'decoder').bytes, 'instrumented');
    const given = readOutFeeds([0], [0, 7, 20], 2, 30);
    const longer = Object.fromEntries(
      Object.entries(given).map(([name, tensor]) => [name, name.startsWith('past_key_values') ? inBuffer(tensor) : tensor]),
    );
    const [exact, found] = [await session.run(given, [OUTPUTS.attention]), await session.run(longer, [OUTPUTS.attention, 'present.0.key'])];
    expect(found['present.0.key'].dims[2]).toBe(LONG);
    expect(relativeError(exact[OUTPUTS.attention].data as Float32Array, found[OUTPUTS.attention].data as Float32Array)).toBeLessThan(1e-5);
    await session.release();
  });

  /** The same past in a buffer of LONG rows, what follows it anything at all. */
  function inBuffer(tensor: Feeds[string]): Feeds[string] {
    const { keyValueHeads: kv, headSize } = SHAPE;
    const data = new Float32Array(kv * LONG * headSize).fill(3);
    for (let head = 0; head < kv; head += 1) {
      const own = (tensor.data as Float32Array).subarray(head * PAST * headSize, (head + 1) * PAST * headSize);
      data.set(own, head * LONG * headSize);
    }
    return new runtime.ort.Tensor('float32', data, [1, kv, LONG, headSize]);
  }

  it.each<[string, (graph: GraphProto, head: NodeProto, weight: TensorProto) => void]>([
    [
      'a transposed embedding',
      (graph, head, weight) => {
        Object.assign(weight, turned(weight));
        graph.node.push(node('Transpose', [weight.name], 'turned', { perm: [1, 0] }));
        head.input[1] = 'turned';
      },
    ],
    [
      'a Gemm between two Reshapes',
      (graph, head, weight) => {
        Object.assign(weight, turned(weight));
        graph.initializer.push(int64s('flat', [-1, 192]), int64s('whole', [1, -1, 768]));
        graph.node.push(node('Reshape', [head.input[0], 'flat'], 'flat_rows'), node('Reshape', ['flat_logits', 'whole'], 'logits'));
        Object.assign(head, { opType: 'Gemm', input: ['flat_rows', weight.name], output: ['flat_logits'] });
        head.attribute.push(create(AttributeProtoSchema, { name: 'transB', type: Kind.INT, i: 1n }));
      },
    ],
    ['no choice of rows', (graph, head) => (head.input[0] = hiddenOf(graph))],
    [
      'one row chosen by number',
      (graph, head) => {
        graph.initializer.push(
          create(TensorProtoSchema, { name: 'last', dataType: DataType.INT64, int64Data: [-1n] }),
          int64s('second', [1]),
        );
        graph.node.push(node('Gather', [hiddenOf(graph), 'last'], 'one', { axis: 1 }), node('Unsqueeze', ['one', 'second'], 'one_row'));
        head.input[0] = 'one_row';
      },
    ],
  ])('finds the vocabulary behind %s', async (_, change) => {
    const model = fromBinary(ModelProtoSchema, plain);
    const graph = graphOf(model);
    const head = graph.node.find(({ name }) => name === '/lm_head/MatMul') as NodeProto;
    change(graph, head, graph.initializer.find(({ name }) => name === head.input[1]) as TensorProto);
    const results = [];
    for (const bytes of [plain, toBinary(ModelProtoSchema, model)]) {
      const session = await runtime.create(instrumentDecoder(bytes, SHAPE, 'decoder').bytes, 'instrumented');
      expect(session.inputNames).not.toContain('num_logits_to_keep');
      results.push(await session.run(readOutFeeds([20, 3, 0], [0], 0, 1), ['logits', OUTPUTS.hidden]));
      await session.release();
    }
    const [expected, found] = results;
    for (const name of ['logits', OUTPUTS.hidden]) {
      expect(found[name].dims).toEqual(expected[name].dims);
      expect(relativeError(expected[name].data as Float32Array, found[name].data as Float32Array), name).toBeLessThan(1e-5);
    }
  });

  /** A weight [192, 768] as [768, 192]. */
  function turned({ rawData, dims }: TensorProto): Pick<TensorProto, 'rawData' | 'dims'> {
    const values = new Float32Array(rawData.slice().buffer);
    const [rows, columns] = dims.map(Number);
    const other = Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]);
    return { rawData: new Uint8Array(other.buffer), dims: [...dims].reverse() };
  }
});
