// A decoder of 4-bit products as one of float32 products: the same graph with its weights written out.
import { create, fromBinary } from '@bufbuild/protobuf';
import { DataType } from '../../models/graph/nodes';
import { TensorProtoSchema, type TensorProto } from '../../models/graph/onnx_pb';
import { GRAPH_FIELD, readRecords } from '../../models/graph/records';
import { Rewrite } from '../../models/graph/rewrite';
import { readWiring, whole } from '../../models/graph/wiring';
import type { ExternalData } from '../../models/runtime/runtime';

/**
 * MatMulNBits (4 bits, symmetric: stored as value + 8) becomes MatMul. Without what the graph declares about tensors inside
 * it, of which release 0.12 of the onnxruntime-genai builder gets one wrong: ONNX Runtime would refuse it as it is.
 */
export function inFloat32(graph: Uint8Array, files: ExternalData): Uint8Array {
  const rewrite = new Rewrite(readWiring(readRecords(graph, 'decoder')));
  const { wiring } = rewrite;
  const weights = new Map(
    wiring.model.graph
      .filter(({ field }) => field === GRAPH_FIELD.initializer)
      .map(({ body, end }) => fromBinary(TensorProtoSchema, graph.subarray(body, end)))
      .map((tensor) => [tensor.name, tensor]),
  );
  const bytesOf = (name: string): Uint8Array => {
    const tensor = weights.get(name) as TensorProto;
    const told = Object.fromEntries(tensor.externalData.map(({ key, value }) => [key, value]));
    const data = files.find(({ path }) => path === told['location'])?.data;
    return data instanceof Uint8Array
      ? data.slice(Number(told['offset']), Number(told['offset']) + Number(told['length']))
      : tensor.rawData;
  };
  for (const entry of wiring.nodes.filter(({ node }) => node.opType === 'MatMulNBits')) {
    const { node } = entry;
    const [k, n, block] = [whole(node, 'K', 0), whole(node, 'N', 0), whole(node, 'block_size', 0)];
    const [rows, quantised, scales, ...more] = node.input;
    if (whole(node, 'bits', 0) !== 4 || more.some(Boolean)) throw new Error(`${node.name} is not symmetric in 4 bits`);
    const codes = bytesOf(quantised);
    const factors = new Float32Array(bytesOf(scales).slice().buffer);
    const values = new Float32Array(k * n);
    for (let column = 0; column < n; column += 1) {
      for (let row = 0; row < k; row += 1) {
        const code = (codes[(column * k + row) >> 1] >> (row % 2 === 0 ? 0 : 4)) & 15;
        values[row * n + column] = (code - 8) * factors[column * (k / block) + Math.floor(row / block)];
      }
    }
    const name = `${node.name}/float32`;
    const edited = rewrite.edit(entry);
    Object.assign(edited, { opType: 'MatMul', domain: '', input: [rows, name], attribute: [] });
    rewrite.constants([
      create(TensorProtoSchema, { name, dataType: DataType.FLOAT, dims: [BigInt(k), BigInt(n)], rawData: new Uint8Array(values.buffer) }),
    ]);
  }
  for (const { record } of wiring.inner.values()) rewrite.drop(record);
  return rewrite.write();
}
