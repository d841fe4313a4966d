// The branches that tell what rows attend to: one mean over layers and heads, or every head's.
import type { DecoderShape } from './shape';
import { INPUTS } from './ports';
import { branch, DataType, float32, int64s, node, valueInfo } from './nodes';
import type { GraphProto, NodeProto, TensorProto } from './onnx_pb';

const local = (part: string): string => `noema/attention/${part}`;
const told = (output: string) => valueInfo(output, DataType.FLOAT, ['some_rows', 'some_columns']);

/**
 * [layers, heads, rows, columns] as [n, columns], where `givenRows` says n: rows are the mean over layers and heads, layers * heads *
 * rows are all of them one after another. n comes from a shape, which the runtime knows; a number, or the shape of whole numbers,
 * would be fetched off the GPU. Since version 18 of the standard operators the axes of a mean are an input.
 */
function reduceHeads(input: string, output: string, opset: number): { readonly nodes: NodeProto[]; readonly constants: TensorProto[] } {
  const [first, last, rest] = [int64s(local('first_axis'), [0]), int64s(local('last_axis'), [3]), int64s(local('rest'), [-1])];
  const rows = local('given_rows');
  const [shape, columns] = [local('columns_shape'), local('column_count')];
  const [sizes, apart] = [local('given_sizes'), local('given')];
  return {
    nodes: [
      node('Shape', [INPUTS.givenRows], rows),
      node('Shape', [input], shape),
      node('Gather', [shape, last.name], columns),
      node('Concat', [rest.name, rows, columns], sizes, { axis: 0 }),
      node('Reshape', [input, sizes], apart),
      opset < 18
        ? node('ReduceMean', [apart], output, { axes: [0], keepdims: 0 })
        : node('ReduceMean', [apart, first.name], output, { keepdims: 0 }),
    ],
    constants: [first, last, rest],
  };
}

/** The branch where attention weights [1, heads, rows, total] are computed anyway; `chosen` are those of the wanted rows, layer by layer. */
export function averageShares(chosen: readonly string[], cast: boolean, opset: number): GraphProto {
  const columns = chosen.map((rows, index) => node('Gather', [rows, INPUTS.columns], local(`layers.${index}/columns`), { axis: 3 }));
  const floats = cast ? columns.map(({ output: [own] }) => node('Cast', [own], `${own}_float`, { to: DataType.FLOAT })) : [];
  const parts = (cast ? floats : columns).map(({ output }) => output[0]);
  const { nodes, constants } = reduceHeads(local('columns'), local('read'), opset);
  return branch(
    'noema/read_attention',
    [...columns, ...floats, node('Concat', parts, local('columns'), { axis: 0 }), ...nodes],
    constants,
    told(local('read')),
  );
}

/** What the recomputing branch is given of all layers. */
export interface ReadLayers {
  /** Per layer, [1, rows, width], the first heads * head size of each row its queries. */
  readonly queries: readonly string[];
  readonly width: number;
  /** The tables whose line i rotates row i of the pass; null for queries that are rotated already. */
  readonly rotate: { readonly cosines: string; readonly sines: string } | null;
  /** Per layer, [1, key/value heads, total rows or more, head size]. */
  readonly keys: readonly string[];
  /** Of queries and keys: float16 ones become float32 before they meet. */
  readonly type: DataType;
}

/** Layers whose rows are gathered together: as many as a device that binds 8 buffers can join in one launch, or fewer. */
const TOGETHER = 6;

/** The branch that is taken where nothing is wanted: a tensor without meaning, [1, 1]. */
export function nothing(part: string, type: DataType): GraphProto {
  const [zero, empty] = [local(`${part}/zero`), local(`${part}/empty`)];
  return branch(local(part), [node('Cast', [zero], empty, { to: type })], [float32(zero, 0, [1, 1])], valueInfo(empty, type, null));
}

/**
 * The chosen rows of a few neighbouring layers each, [1, chosen rows, layers * width], in branches of an `If`. Few, because the
 * whole tensors of them all stay alive to its end; together, because each gather would be a launch. Returns the nodes, whose
 * outputs are for `recomputeShares`.
 */
export function gatherRows({ queries, type }: ReadLayers): NodeProto[] {
  return Array.from({ length: Math.ceil(queries.length / TOGETHER) }, (_, group) => {
    const tensors = queries.slice(group * TOGETHER, (group + 1) * TOGETHER);
    const part = (which: string): string => local(`rows_${group}/${which}`);
    const chosen = branch(
      part('gather'),
      [
        ...(tensors.length > 1 ? [node('Concat', tensors, part('all'), { axis: 2 })] : []),
        node('Gather', [tensors.length > 1 ? part('all') : tensors[0], INPUTS.attentionRows], part('chosen'), { axis: 1 }),
      ],
      [],
      valueInfo(part('chosen'), type, null),
    );
    const branches = { then_branch: chosen, else_branch: nothing(`rows_${group}/none`, type) };
    return node('If', [INPUTS.wantAttention], part('rows'), branches);
  });
}

/**
 * The branch where a fused kernel does not give its attention weights: softmax(q k^T * scale + mask) again, for the chosen rows, which
 * `gathered` holds. Query head h uses key/value head floor(h / group), so queries are taken apart as [rows, layers, kv, group,
 * size]. Scores are computed as keys x queries^T: only the few query rows are transposed, never the keys. All layers meet in one
 * tensor, so that every step costs one launch. The cut is to the mask's columns: a cache written in place is longer than the
 * sequence.
 */
export function recomputeShares(
  { queries: { length: layers }, width, rotate, keys, type }: ReadLayers,
  gathered: readonly string[],
  shape: DecoderShape,
  scale: number,
  opset: number,
): GraphProto {
  const { heads, keyValueHeads: kv, headSize: size } = shape;
  const nodes: NodeProto[] = [];
  const constants: TensorProto[] = [float32(local('scale'), scale)];
  const add = (op: string, inputs: readonly string[], output: string, attributes: Parameters<typeof node>[3] = {}): string => {
    nodes.push(node(op, inputs, local(output), attributes));
    return local(output);
  };
  const numbers = (which: string, values: readonly number[]): string => {
    constants.push(int64s(local(which), values));
    return local(which);
  };
  const reshape = (input: string, output: string, dims: readonly number[]): string =>
    add('Reshape', [input, numbers(`${output}_sizes`, dims)], output);
  const join = (parts: readonly string[], output: string, axis: number): string =>
    parts.length === 1 ? parts[0] : add('Concat', parts, output, { axis });
  const float = (input: string, output: string): string =>
    type === DataType.FLOAT ? input : add('Cast', [input], output, { to: DataType.FLOAT });

  const [zero, one, two] = [numbers('zero', [0]), numbers('one', [1]), numbers('two', [2])];
  let query = reshape(join(gathered, 'rows', 2), 'layer_rows', [-1, layers, width]);
  if (width > heads * size) query = add('Slice', [query, zero, numbers('query_width', [heads * size]), two], 'query_part');
  if (rotate) {
    const tables = (['cosines', 'sines'] as const).map((which) => add('Gather', [rotate[which], INPUTS.attentionRows], which, { axis: 0 }));
    // One number stands for the position of the first row, the others follow it.
    nodes.push(rotary([reshape(query, 'all_heads', [1, -1, layers * heads * size]), zero, ...tables], local('turned')));
    query = local('turned');
  }
  query = reshape(float(query, 'query_float'), 'query_parts', [-1, layers, kv, heads / kv, size]);
  query = add('Transpose', [query], 'query_turned', { perm: [1, 2, 4, 3, 0] });
  query = reshape(query, 'query_matrix', [layers, kv, size, -1]);
  const all = add('MatMul', [float(join(keys, 'keys', 0), 'keys_float'), query], 'scores');
  const total = add('Gather', [add('Shape', [INPUTS.attentionMask], 'mask_shape'), one], 'total');
  const cut = add('Slice', [all, zero, total, two], 'scores_cut');
  const turned = add('Transpose', [cut], 'scores_turned', { perm: [0, 1, 3, 2] });
  // [layers, kv, group * rows, total] -> [layers, heads, rows, total]: rows come last within a group.
  const apart = reshape(turned, 'scores_apart', [layers, heads, -1, 0]);
  const masked = add('Add', [add('Mul', [apart, local('scale')], 'scaled'), INPUTS.attentionMask], 'masked');
  const shares = add('Softmax', [masked], 'shares', { axis: -1 });
  add('Gather', [shares, INPUTS.columns], 'columns', { axis: 3 });
  const reduced = reduceHeads(local('columns'), local('read'), opset);
  return branch('noema/read_attention', [...nodes, ...reduced.nodes], [...constants, ...reduced.constants], told(local('read')));
}

/** The contrib operator that rotates heads by lines of two tables. */
function rotary(inputs: readonly string[], output: string): NodeProto {
  const made = node('RotaryEmbedding', inputs, output, { interleaved: 0 });
  made.domain = 'com.microsoft';
  return made;
}
