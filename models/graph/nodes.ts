// Short ways to say an ONNX node, a constant and a graph input, encoded with the generated schema.
import { create, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  GraphProtoSchema,
  NodeProtoSchema,
  TensorProto_DataType as DataType,
  TensorProtoSchema,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProtoSchema,
  ValueInfoProtoSchema,
  type AttributeProto,
  type GraphProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './onnx_pb';

export { DataType };

type AttributeValue = number | readonly number[] | TensorProto | GraphProto;

/** A node of the standard operators. Whole numbers become int attributes, lists of them ints. */
export function node(op: string, inputs: readonly string[], output: string, attributes: Record<string, AttributeValue> = {}): NodeProto {
  return create(NodeProtoSchema, {
    opType: op,
    name: output,
    input: [...inputs],
    output: [output],
    attribute: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
  });
}

function attribute(name: string, value: AttributeValue): AttributeProto {
  if (typeof value === 'number') return create(AttributeProtoSchema, { name, type: Kind.INT, i: BigInt(value) });
  if (Array.isArray(value)) return create(AttributeProtoSchema, { name, type: Kind.INTS, ints: value.map((n: number) => BigInt(n)) });
  const message = value as TensorProto | GraphProto;
  return message.$typeName === 'onnx.GraphProto'
    ? create(AttributeProtoSchema, { name, type: Kind.GRAPH, g: message })
    : create(AttributeProtoSchema, { name, type: Kind.TENSOR, t: message });
}

/** An int64 initializer of shape [values]. */
export function int64s(name: string, values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: DataType.INT64, dims: [BigInt(values.length)], int64Data: values.map(BigInt) });
}

/** A float32 initializer filled with one value. */
export function float32(name: string, value: number, dims: readonly number[] = []): TensorProto {
  const count = dims.reduce((a, b) => a * b, 1);
  return create(TensorProtoSchema, {
    name,
    dataType: DataType.FLOAT,
    dims: dims.map(BigInt),
    floatData: new Array<number>(count).fill(value),
  });
}

/** A float32 initializer of the values in row-major order. */
export function float32s(name: string, dims: readonly number[], values: readonly number[]): TensorProto {
  return create(TensorProtoSchema, { name, dataType: DataType.FLOAT, dims: dims.map(BigInt), floatData: [...values] });
}

/** A tensor's name, type and shape; a string is a symbolic size, null a size or shape of which nothing is said. */
export function valueInfo(name: string, elemType: DataType, shape: readonly (number | string | null)[] | null): ValueInfoProto {
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, {
      value: {
        case: 'tensorType',
        value: {
          elemType,
          ...(shape ? { shape: create(TensorShapeProtoSchema, { dim: shape.map(dimension) }) } : {}),
        },
      },
    }),
  });
}

function dimension(size: number | string | null) {
  if (size === null) return create(TensorShapeProto_DimensionSchema);
  return create(TensorShapeProto_DimensionSchema, {
    value: typeof size === 'number' ? { case: 'dimValue', value: BigInt(size) } : { case: 'dimParam', value: size },
  });
}

/** A branch of an `If`: no inputs of its own, it sees every tensor of the graph around it. */
export function branch(
  name: string,
  nodes: readonly NodeProto[],
  initializers: readonly TensorProto[],
  output: ValueInfoProto,
): GraphProto {
  return create(GraphProtoSchema, { name, node: [...nodes], initializer: [...initializers], output: [output] });
}

export const encodeNode = (message: NodeProto): Uint8Array => toBinary(NodeProtoSchema, message);
export const encodeTensor = (message: TensorProto): Uint8Array => toBinary(TensorProtoSchema, message);
export const encodeValueInfo = (message: ValueInfoProto): Uint8Array => toBinary(ValueInfoProtoSchema, message);
