// Graphs that can be read as protobuf and never computed: in circles, twice, without end, or of more nodes than any model.
import { readFileSync } from 'node:fs';
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { withFloatPorts } from '../../../../models/graph/float-ports';
import { DataType, branch, int64s, node, valueInfo } from '../../../../models/graph/nodes';
import { findDisorder } from '../../../../models/graph/order';
import { GraphProtoSchema, ModelProtoSchema, type NodeProto, type TensorProto } from '../../../../models/graph/onnx_pb';
import { openGraph } from '../../../../models/graph/open-graph';
import { readRecords } from '../../../../models/graph/records';
import { readWiring } from '../../../../models/graph/wiring';
import { unreadWithout } from '../../../../models/graph/unread';
import { faultOf } from '../../../faults';

function modelOf(nodes: readonly NodeProto[], initializer: TensorProto[] = []): Uint8Array {
  const graph = create(GraphProtoSchema, {
    node: [...nodes],
    initializer,
    input: [valueInfo('x', DataType.FLOAT, [1])],
    output: [valueInfo('y', DataType.FLOAT, [1])],
  });
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 10n, graph, opsetImport: [{ version: 21n }] }));
}

/** What is said of all graphs that are opened, of embeddings and vision too. */
function refusal(nodes: readonly NodeProto[], initializer: TensorProto[] = []): string {
  const bytes = modelOf(nodes, initializer);
  const told = faultOf(() => openGraph(bytes, 'vision_encoder.onnx'));
  expect(faultOf(() => withFloatPorts(bytes, 'vision_encoder.onnx'))).toEqual(told);
  expect(told).toMatchObject({ code: 'BAD_MODEL', action: expect.stringContaining('again') as string });
  expect(told.message).toMatch(/^vision_encoder\.onnx is not a usable ONNX model: .+\.$/);
  return told.message;
}

const loop = (rounds: string): NodeProto =>
  node('Loop', [rounds, ''], 'y', { body: branch('body', [node('Identity', ['x'], 'z')], [], valueInfo('z', DataType.FLOAT, [1])) });

describe('a graph', () => {
  it('with nodes that wait for each other is refused, and they are named', () => {
    expect(refusal([node('Cast', ['y'], 'y', { to: 1 })])).toContain('in a circle (y)');
    const message = refusal([node('Relu', ['x'], 'a'), node('Add', ['a', 'd'], 'b'), node('Relu', ['b'], 'c'), node('Relu', ['c'], 'd')]);
    for (const name of ['b', 'c', 'd']) expect(message).toMatch(new RegExp(`\\(.*${name}.*\\)`));
    expect(message).not.toContain('(a');
  });

  it('whose branch waits for what is computed of it is refused', () => {
    const inner = branch('then', [node('Relu', ['w'], 'then_out')], [], valueInfo('then_out', DataType.FLOAT, [1]));
    const chooses = node('If', ['x'], 'v', { then_branch: inner });
    expect(refusal([chooses, node('Relu', ['v'], 'w'), node('Relu', ['w'], 'y')])).toContain('in a circle');
    const circle = branch('then', [node('Relu', ['q'], 'p'), node('Relu', ['p'], 'q')], [], valueInfo('q', DataType.FLOAT, [1]));
    expect(refusal([node('If', ['x'], 'y', { then_branch: circle })])).toContain('in a circle');
  });

  it('that computes a tensor twice is refused', () => {
    expect(refusal([node('Relu', ['x'], 'y'), node('Abs', ['x'], 'y')])).toContain('two nodes compute the tensor y');
  });

  it('with a loop of 2^40 rounds is refused, wherever the number stands', () => {
    expect(refusal([loop('n')], [int64s('n', [2 ** 40])])).toContain('a Loop of 1099511627776 rounds');
    expect(refusal([node('Constant', [], 'n', { value: int64s('n', [2 ** 40]) }), loop('n')])).toContain('1099511627776');
    expect(
      refusal([
        node('If', ['x'], 'y', { then_branch: branch('then', [loop('n')], [int64s('n', [2 ** 40])], valueInfo('y', DataType.FLOAT, [1])) }),
      ]),
    ).toContain('1099511627776');
    expect(openGraph(modelOf([loop('n')], [int64s('n', [12])]), 'a').nodes).toHaveLength(1);
  });

  it('of more nodes than any model is refused', () => {
    const many = Array.from({ length: 100_001 }, (_, i) => node('Relu', ['x'], `t${i}`));
    expect(refusal(many)).toContain('it has 100001 nodes, expected at most 100000');
  });

  it('may give its inner tensors the names of others outside, and list nodes in any order', () => {
    const inner = branch('then', [node('Relu', ['x'], 'w')], [], valueInfo('w', DataType.FLOAT, [1]));
    const nodes = [node('Relu', ['w'], 'y'), node('Relu', ['v'], 'w'), node('If', ['x'], 'v', { then_branch: inner })];
    expect(openGraph(modelOf(nodes), 'a').nodes).toHaveLength(3);
  });

  it('of the small exports is accepted', () => {
    for (const folder of ['explicit-qwen2-vl', 'gqa-qwen2_5-vl-untied']) {
      for (const name of ['decoder_model_merged', 'embed_tokens', 'vision_encoder']) {
        const bytes = readFileSync(new URL(`../../../fixtures/exports/${folder}/onnx/${name}.onnx`, import.meta.url));
        expect(openGraph(new Uint8Array(bytes), name).nodes.length).toBeGreaterThan(0);
      }
    }
  });
});

describe('work that grows with the graph', () => {
  it('is in proportion to it when a long chain of nodes is unread', () => {
    const length = 20_000;
    const chain = Array.from({ length }, (_, i) => node('Relu', [i === 0 ? 'x' : `t${i - 1}`], `t${i}`));
    const wiring = readWiring(readRecords(modelOf([...chain, node('Relu', ['x'], 'y')]), 'a'));
    const begun = process.cpuUsage();
    expect(unreadWithout(wiring, [], []).unread).toHaveLength(length);
    const { user, system } = process.cpuUsage(begun);
    // With a look at all nodes for each of them, the chain of 5,000 took 40 s.
    expect((user + system) / 1e6).toBeLessThan(5);
  });

  it('is in proportion to it when an order is looked for in a ladder of pairs', () => {
    const steps = Array.from({ length: 20_000 }, (_, i) => ({
      name: `${i}`,
      reads: [`t${i}`, `t${i}`, `t${i - 1}`],
      gives: [`t${i + 1}`],
    }));
    expect(findDisorder(steps)).toBeNull();
    expect(findDisorder([...steps, { name: 'last', reads: ['t20000'], gives: ['t0'] }])).toHaveProperty('circle');
  });
});
