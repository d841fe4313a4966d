// Which files a graph keeps its weights in: found wherever a tensor can stand, refused where they leave the folder.
import { create, toBinary } from '@bufbuild/protobuf';
import { describe, expect, it } from 'vitest';
import { externalFiles } from '../../../../models/graph/external-files';
import { branch, int64s, node, valueInfo, DataType } from '../../../../models/graph/nodes';
import {
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  ModelProtoSchema,
  SparseTensorProtoSchema,
  TensorProto_DataLocation as Location,
  TensorProtoSchema,
  type TensorProto,
} from '../../../../models/graph/onnx_pb';
import { faultOf } from '../../../faults';

function outside(location: string, dataLocation: Location = Location.EXTERNAL): TensorProto {
  return create(TensorProtoSchema, {
    name: location,
    dataLocation,
    externalData: [
      { key: 'offset', value: '4096' },
      { key: 'location', value: location },
      { key: 'length', value: '12' },
    ],
  });
}

function graphWith(initializer: TensorProto[]): Uint8Array {
  return toBinary(ModelProtoSchema, create(ModelProtoSchema, { irVersion: 10n, graph: create(GraphProtoSchema, { initializer }) }));
}

describe('the files a graph needs', () => {
  it('lists each once, wherever its tensors stand', () => {
    const inBranch = node('If', ['condition'], 'chosen', {
      then_branch: branch(
        'then',
        [node('Constant', [], 'c', { value: outside('constants.bin') })],
        [outside('branch.bin')],
        valueInfo('c', DataType.FLOAT, []),
      ),
    });
    const listed = node('Custom', [], 'listed');
    listed.attribute.push(create(AttributeProtoSchema, { name: 'list', type: Kind.TENSORS, tensors: [outside('listed.bin')] }));
    const model = create(ModelProtoSchema, {
      irVersion: 10n,
      graph: create(GraphProtoSchema, {
        node: [inBranch, listed],
        initializer: [
          outside('model.onnx_data'),
          int64s('inline', [1, 2]),
          outside('./model.onnx_data'),
          outside('parts/model.onnx_data_1'),
          // Left over from before the weights were put into the file: the runtime ignores it, so do we.
          outside('old.bin', Location.DEFAULT),
        ],
        sparseInitializer: [create(SparseTensorProtoSchema, { values: outside('sparse.bin') })],
      }),
      functions: [create(FunctionProtoSchema, { name: 'f', node: [node('Constant', [], 'k', { value: outside('function.bin') })] })],
    });
    expect([...externalFiles(toBinary(ModelProtoSchema, model), 'model.onnx').keys()].sort()).toEqual([
      'branch.bin',
      'constants.bin',
      'function.bin',
      'listed.bin',
      'model.onnx_data',
      'parts/model.onnx_data_1',
      'sparse.bin',
    ]);
  });

  it('steps over weights that the graph carries itself, whatever their bytes say', () => {
    const disguised = toBinary(TensorProtoSchema, outside('hidden.bin'));
    const bytes = graphWith([create(TensorProtoSchema, { name: 'w', dataType: DataType.UINT8, rawData: disguised })]);
    expect([...externalFiles(bytes, 'model.onnx')]).toEqual([]);
  });

  it.each(['../other.bin', 'a/../../b', '/etc/passwd', 'https://elsewhere/x', 'data:x', '..', '', 'a\\..\\b', '%2e%2e/b', 'a?b', './..'])(
    'refuses %j',
    (location) => {
      const { code, message } = faultOf(() => externalFiles(graphWith([outside(location)]), 'model.onnx'));
      expect(code).toBe('BAD_MODEL');
      expect(message).toContain(JSON.stringify(location.replace(/^\.\//, '')));
    },
  );

  it('tells how many bytes each must have: to the end of the last tensor in it, by its length or else by its sizes', () => {
    const entry = (entries: Record<string, string>) => Object.entries(entries).map(([key, value]) => ({ key, value }));
    const weight = (entries: Record<string, string>, dataType = DataType.FLOAT, dims = [3n, 5n]): TensorProto =>
      create(TensorProtoSchema, { name: 'w', dims, dataType, dataLocation: Location.EXTERNAL, externalData: entry(entries) });
    const needed = externalFiles(
      graphWith([
        weight({ location: 'a', offset: '100', length: '20' }),
        weight({ location: 'a', offset: '0', length: '110' }),
        weight({ location: 'b', offset: '4096' }),
        weight({ location: 'c' }, DataType.UINT4),
      ]),
      'model.onnx',
    );
    expect(Object.fromEntries(needed)).toEqual({ a: 120, b: 4096 + 60, c: 8 });
    for (const hostile of ['-4', '1e9', '0x10', '', 'NaN', '9'.repeat(30)]) {
      const { code, message } = faultOf(() => externalFiles(graphWith([weight({ location: 'a', offset: hostile })]), 'model.onnx'));
      expect(code).toBe('BAD_MODEL');
      expect(message).toContain('model.onnx is not a usable ONNX model: a weight in a has the offset');
    }
  });

  it('refuses bytes that are no model', () => {
    const page = new TextEncoder().encode('<!doctype html><html><body>Not found</body></html>');
    const whole = graphWith([outside('model.onnx_data')]);
    for (const bytes of [page, whole.subarray(0, whole.length - 5)]) {
      expect(faultOf(() => externalFiles(bytes, 'model.onnx'))).toMatchObject({
        code: 'BAD_MODEL',
        message: expect.stringMatching(/^model.onnx is not a usable ONNX model: .+\.$/) as string,
      });
    }
  });
});
