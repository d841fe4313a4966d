// The branches that tell what rows attend to: one mean over layers and heads, or every head's.
import type { DecoderShape } from './anatomy';
import { INPUTS } from './ports';
import { branch, DataType, float32, int64s, node, valueInfo } from './nodes';
import type { GraphProto, NodeProto } from './onnx_pb';

const local = (part: string): string => `noema/attention/${part}`;
const told = (output: string) => valueInfo(output, DataType.FLOAT, ['some_rows', 'some_columns']);

/**
 * [layers, heads, rows, columns] as [rows, columns], their mean over the first two axes, or with `everyHead` one after another as
 * [layers * heads * rows, columns]. Since version 18 of the standard operators the axes of a mean are an input.
 */
function reduceHeads(input: string, output: string, opset: number): NodeProto {
  const [mean, every] = [local('mean'), local('every_head')];
  const axes = int64s(local('head_axes'), [0, 1]);
  const averaging =
    opset < 18
      ? branch('noema/mean_over_heads', [node('ReduceMean', [input], mean, { axes: [0, 1], keepdims: 0 })], [], told(mean))
      : branch('noema/mean_over_heads', [node('ReduceMean', [input, axes.name], mean, { keepdims: 0 })], [axes], told(mean));
  const all = branch('noema/every_head', [node('Flatten', [input], every, { axis: 3 })], [], told(every));
  return node('If', [INPUTS.everyHead], output, { then_branch: all, else_branch: averaging });
}

/** The branch where shares [1, heads, rows, total] are computed anyway; `chosen` are those of the wanted rows, layer by layer. */
export function averageShares(chosen: readonly string[], cast: boolean, opset: number): GraphProto {
  const columns = chosen.map((rows, index) => node('Gather', [rows, INPUTS.columns], local(`layers.${index}/columns`), { axis: 3 }));
  const floats = cast ? columns.map(({ output: [own] }) => node('Cast', [own], `${own}_float`, { to: DataType.FLOAT })) : [];
  const parts = (cast ? floats : columns).map(({ output }) => output[0]);
  return branch(
    'noema/read_attention',
    [...columns, ...floats, node('Concat', parts, local('columns'), { axis: 0 }), reduceHeads(local('columns'), local('read'), opset)],
    [],
    told(local('read')),
  );
}

/** What the recomputing branch is given of a layer. */
export interface ReadLayer {
  /** [1, chosen rows, heads * head size], rotated */
  readonly queries: string;
  /** [1, key/value heads, total rows or more, head size] */
  readonly key: string;
}

/**
 * The branch where a fused kernel keeps its shares to itself: softmax(q k^T * scale + mask) again, for the chosen rows.
 * Query head h uses key/value head floor(h / group), so queries are taken apart as [rows, kv, group, size]. Scores are
 * computed as keys x queries^T: only the few query rows are transposed, never the keys. All layers meet in one tensor, so
 * that cut, mask, softmax and mean cost one node each. The cut is to the mask's columns: a cache written in place is longer
 * than the sequence. `narrow`: queries and keys are float16 and become float32 first.
 */
export function recomputeShares(
  layers: readonly ReadLayer[],
  shape: DecoderShape,
  scale: number,
  narrow: boolean,
  opset: number,
): GraphProto {
  const { keyValueHeads: kv, headSize: size } = shape;
  const group = shape.heads / kv;
  const nodes: NodeProto[] = [];
  const add = (op: string, inputs: readonly string[], output: string, attributes: Parameters<typeof node>[3] = {}): string => {
    nodes.push(node(op, inputs, local(output), attributes));
    return local(output);
  };
  const constants = [
    int64s(local('query_parts'), [-1, kv, group, size]),
    int64s(local('query_matrix'), [1, kv, size, -1]),
    int64s(local('score_parts'), [layers.length, shape.heads, -1, 0]),
    int64s(local('zero'), [0]),
    int64s(local('one'), [1]),
    int64s(local('two'), [2]),
    float32(local('scale'), scale),
  ];
  const scores = layers.map(({ queries, key }, index) => {
    const part = (which: string): string => `layers.${index}/${which}`;
    const float = (input: string, which: string): string => (narrow ? add('Cast', [input], part(which), { to: DataType.FLOAT }) : input);
    let query = add('Reshape', [queries, local('query_parts')], part('query_parts'));
    query = add('Transpose', [float(query, 'query_float')], part('query_turned'), { perm: [1, 3, 2, 0] });
    query = add('Reshape', [query, local('query_matrix')], part('query'));
    return add('MatMul', [float(key, 'key_float'), query], part('scores'));
  });
  const all = add('Concat', scores, 'scores', { axis: 0 });
  const total = add('Gather', [add('Shape', [INPUTS.attentionMask], 'mask_shape'), local('one')], 'total');
  const cut = add('Slice', [all, local('zero'), total, local('two')], 'scores_cut');
  const turned = add('Transpose', [cut], 'scores_turned', { perm: [0, 1, 3, 2] });
  // [layers, kv, group * rows, total] -> [layers, heads, rows, total]: rows come last within a group.
  const apart = add('Reshape', [turned, local('score_parts')], 'scores_apart');
  const masked = add('Add', [add('Mul', [apart, local('scale')], 'scaled'), INPUTS.attentionMask], 'masked');
  const shares = add('Softmax', [masked], 'shares', { axis: -1 });
  add('Gather', [shares, INPUTS.columns], 'columns', { axis: 3 });
  nodes.push(reduceHeads(local('columns'), local('read'), opset));
  return branch('noema/read_attention', nodes, constants, told(local('read')));
}
