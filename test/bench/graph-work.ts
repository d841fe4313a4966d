// What a graph's weights weigh and how much arithmetic they ask for, read from the graph itself.
import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema, type NodeProto, type TensorProto } from '../../models/graph/onnx_pb';

/** Weights that every row is multiplied with. */
export interface Weights {
  /** Bytes as stored: a pass must read them once. */
  readonly bytes: number;
  /** Multiplications with them per row; twice as many floating-point operations. */
  readonly products: number;
}

export interface GraphWork {
  /** The matrix product that gives logits; nothing in a graph without one. */
  readonly head: Weights;
  /** Matrices that run once per merged image token, not once per patch (vision encoders). */
  readonly merger: Weights;
  /** All other weights. */
  readonly body: Weights;
  /** The layers among them (a vision encoder's are called blocks), by the numbers in their nodes' names. */
  readonly layers: { readonly count: number; readonly bytes: number };
}

/** Bytes of an element by ONNX's number for its type; what is left out has four. */
const ELEMENT_BYTES: Readonly<Record<number, number>> = { 2: 1, 3: 1, 7: 8, 10: 2, 11: 8, 16: 2 };

/**
 * Reads the graph's matrices: MatMulNBits by its K and N, MatMul, Gemm and Conv by their weight's size. A matrix with
 * `vocabularySize` columns is the head; one whose node is named after the merger belongs to the merger.
 */
export function graphWork(bytes: Uint8Array, vocabularySize: number): GraphWork {
  const { graph } = fromBinary(ModelProtoSchema, bytes);
  const tensors = new Map(graph?.initializer.map((tensor) => [tensor.name, tensor]));
  const work = { head: { bytes: 0, products: 0 }, merger: { bytes: 0, products: 0 }, body: { bytes: 0, products: 0 } };
  const counted = new Set<string>();
  const layers = new Set<string>();
  let layerBytes = 0;
  for (const node of graph?.node ?? []) {
    const { products, columns } = matrixOf(node, tensors);
    const part = columns === vocabularySize ? work.head : node.name.includes('merger') ? work.merger : work.body;
    part.products += products;
    const [, layer] = /(?:layers|blocks)[._](\d+)/.exec(node.name) ?? [];
    if (layer !== undefined) layers.add(layer);
    for (const name of node.input) {
      const tensor = tensors.get(name);
      if (!tensor || counted.has(name)) continue;
      counted.add(name);
      part.bytes += bytesOf(tensor);
      if (layer !== undefined) layerBytes += bytesOf(tensor);
    }
  }
  return { ...work, layers: { count: layers.size, bytes: layerBytes } };
}

function matrixOf(node: NodeProto, tensors: ReadonlyMap<string, TensorProto>): { products: number; columns: number } {
  if (node.opType === 'MatMulNBits') {
    const attribute = (name: string): number => Number(node.attribute.find((found) => found.name === name)?.i ?? 0);
    return { products: attribute('K') * attribute('N'), columns: attribute('N') };
  }
  const weight = ['MatMul', 'Gemm', 'Conv'].includes(node.opType) ? tensors.get(node.input[1]) : undefined;
  if (!weight) return { products: 0, columns: 0 };
  const turned = node.attribute.some(({ name, i }) => name === 'transB' && i === 1n);
  return { products: elementsOf(weight), columns: Number(turned ? weight.dims[0] : weight.dims.at(-1)) };
}

const elementsOf = (tensor: TensorProto): number => tensor.dims.reduce((product, size) => product * Number(size), 1);
const bytesOf = (tensor: TensorProto): number => elementsOf(tensor) * (ELEMENT_BYTES[tensor.dataType] ?? 4);
