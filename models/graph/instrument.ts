// Turns a plain decoder graph into one that also tells what chosen rows attend to and computes the vocabulary only for chosen rows.
import { create } from '@bufbuild/protobuf';
import { readAnatomy, unreadWithout, type DecoderShape, type LayerAttention } from './anatomy';
import { branch, DataType, encodeNode, encodeTensor, encodeValueInfo, float32, int64s, node, valueInfo } from './nodes';
import { NodeProtoSchema, type NodeProto } from './onnx_pb';
import { plainAttention, plainConstants, sharesOf } from './plain-attention';
import { GRAPH_FIELD, readRecords, writeRecords, type GraphRecord, type NewRecord } from './records';

/** How attention is computed: by the export's fused kernel, or taken apart into standard operators, which software runs faster. */
export type AttentionKind = 'fused' | 'plain';

/** A decoder that tells what its rows attend to. */
export interface InstrumentedDecoder {
  readonly bytes: Uint8Array;
  /**
   * How a pass may be given the cache. 'in-place': fused attention alone reads it, so past and present may be bound to one
   * buffer of maximal length, of which the kernel reads and writes the rows that the sequence has. 'growing': past and
   * present are different tensors, and the past has exactly the rows so far.
   */
  readonly cache: 'in-place' | 'growing';
}

/** Inputs added to the graph. Row numbers count from the first row of the pass. */
export const INPUTS = {
  /** int64 [r]: rows that reach the vocabulary's matrix product. */
  logitRows: 'noema.logit_rows',
  /** bool []: whether the attention read-out is computed. */
  wantAttention: 'noema.want_attention',
  /** int64 [a]: rows whose attention is read; one row when it is not wanted. */
  attentionRows: 'noema.attention_rows',
  /** float32 [a, total rows]: 0 where a row may look, a large negative number where it may not. */
  attentionMask: 'noema.attention_mask',
  /** int64 [c]: columns (rows of the sequence) that are read. Indices, not a Slice's bounds: those would be fetched off the GPU. */
  columns: 'noema.columns',
} as const;

/** Input of a graph with plain attention alone: float32 [rows, total rows], as `attentionMask`, for every row of the pass. */
export const CAUSAL_MASK = 'noema.causal_mask';

/** Outputs of the instrumented graph beside the cache. */
export const OUTPUTS = {
  /** float32 [1, r, hidden size], after the final norm */
  hidden: 'noema.hidden',
  /** float32 [a, columns]: mean over layers and heads of the softmaxed attention; [1, 1] when not wanted */
  attention: 'noema.attention',
} as const;

const name = (part: string): string => `noema/${part}`;

/**
 * Instruments the decoder in `bytes`; weights are copied, never decoded.
 * The read-out recomputes softmax(q k^T * scale + mask) for the chosen rows from the tensors GroupQueryAttention is given,
 * in float32 whatever the graph's type. It stands in the branch of an `If`, because outputs that nobody fetches are
 * computed all the same; only the gathering of the few query rows stands outside, so that no layer's whole query tensor is
 * kept alive to the end of the pass. With `attention` 'plain' (float32 graphs only) GroupQueryAttention gives way to standard
 * operators. Throws BAD_MODEL when the graph is not as `shape` and the layout require.
 */
export function instrumentDecoder(
  bytes: Uint8Array,
  shape: DecoderShape,
  fileName: string,
  attention: AttentionKind = 'fused',
): InstrumentedDecoder {
  const model = readRecords(bytes, fileName);
  const anatomy = readAnatomy(model, shape);
  const nodes: NodeProto[] = [];

  const narrow = anatomy.cacheType !== DataType.FLOAT;
  const rows = narrow ? name('rows') : OUTPUTS.hidden;
  const gather = node('Gather', [anatomy.hidden, INPUTS.logitRows], rows, { axis: 1 });
  const reader = create(NodeProtoSchema, { ...anatomy.rowsReader.node, input: [...anatomy.rowsReader.node.input] });
  reader.input[anatomy.rowsReader.input] = rows;
  if (narrow) nodes.push(toFloat(rows, OUTPUTS.hidden));

  const plain = attention === 'plain' && !narrow;
  // What the branch needs of every layer: the chosen query rows, or with plain attention their shares themselves.
  const chosen = anatomy.layers.map((layer, index) => {
    const output = name(`layers.${index}/chosen_rows`);
    nodes.push(
      plain
        ? node('Gather', [sharesOf(index), INPUTS.attentionRows], output, { axis: 2 })
        : node('Gather', [layer.query, INPUTS.attentionRows], output, { axis: 1 }),
    );
    return output;
  });
  nodes.push(
    node('If', [INPUTS.wantAttention], OUTPUTS.attention, {
      then_branch: plain ? averageShares(chosen) : readOut(anatomy.layers, chosen, shape, narrow),
      else_branch: branch(
        name('no_attention'),
        [node('Identity', [name('nothing')], name('empty'))],
        [float32(name('nothing'), 0, [1, 1])],
        valueInfo(name('empty'), DataType.FLOAT, ['no_rows', 'no_columns']),
      ),
    }),
  );

  const gone = [...(anatomy.choice ? [anatomy.choice] : []), ...(plain ? anatomy.attention : [])];
  const read = [
    anatomy.hidden,
    ...(plain ? anatomy.layers.flatMap((layer) => [layer.query, layer.newKey, layer.newValue, layer.pastKey, layer.pastValue]) : []),
  ];
  const replace = new Map<GraphRecord, NewRecord[]>(unreadWithout(model, anatomy.nodes, gone, read).map((record) => [record, []]));
  const nodeRecord = (entry: NodeProto): NewRecord => ({ field: GRAPH_FIELD.node, message: encodeNode(entry) });
  replace.set(anatomy.rowsReader.record, [gather, reader].map(nodeRecord));
  if (plain)
    anatomy.attention.forEach(({ record }, index) =>
      replace.set(record, plainAttention(anatomy.layers[index], index, CAUSAL_MASK).map(nodeRecord)),
    );
  const written = writeRecords(model, replace, [
    ...nodes.map(nodeRecord),
    ...(plain ? plainConstants(shape, anatomy.layers[0].scale) : []).map((entry) => ({
      field: GRAPH_FIELD.initializer,
      message: encodeTensor(entry),
    })),
    ...inputs(plain).map((entry) => ({ field: GRAPH_FIELD.input, message: encodeValueInfo(entry) })),
    ...outputs().map((entry) => ({ field: GRAPH_FIELD.output, message: encodeValueInfo(entry) })),
  ]);
  return { bytes: written, cache: plain ? 'growing' : 'in-place' };
}

const toFloat = (input: string, output: string): NodeProto => node('Cast', [input], output, { to: DataType.FLOAT });

function inputs(plain: boolean) {
  return [
    ...(plain ? [valueInfo(CAUSAL_MASK, DataType.FLOAT, ['causal_rows', 'causal_columns'])] : []),
    valueInfo(INPUTS.logitRows, DataType.INT64, ['logit_rows']),
    valueInfo(INPUTS.wantAttention, DataType.BOOL, []),
    valueInfo(INPUTS.attentionRows, DataType.INT64, ['attention_rows']),
    valueInfo(INPUTS.attentionMask, DataType.FLOAT, ['attention_rows', 'attention_columns']),
    valueInfo(INPUTS.columns, DataType.INT64, ['columns']),
  ];
}

function outputs() {
  return [
    valueInfo(OUTPUTS.hidden, DataType.FLOAT, [1, 'logit_rows', 'hidden_size']),
    valueInfo(OUTPUTS.attention, DataType.FLOAT, ['read_rows', 'read_columns']),
  ];
}

/** The branch that reads attention out where its shares [1, heads, rows, total] are computed anyway. */
function averageShares(chosen: readonly string[]) {
  const local = (part: string): string => name(`attention/${part}`);
  const columns = chosen.map((rows, index) => node('Gather', [rows, INPUTS.columns], local(`layers.${index}/columns`), { axis: 3 }));
  const nodes = [
    ...columns,
    node(
      'Concat',
      columns.map((entry) => entry.output[0]),
      local('columns'),
      { axis: 0 },
    ),
    node('ReduceMean', [local('columns'), local('head_axes')], local('mean'), { keepdims: 0 }),
  ];
  return branch(
    name('read_attention'),
    nodes,
    [int64s(local('head_axes'), [0, 1])],
    valueInfo(local('mean'), DataType.FLOAT, ['some_rows', 'some_columns']),
  );
}

/**
 * The branch that reads attention out. Query head h uses key/value head floor(h / group), so queries are taken apart as
 * [rows, kv, group, size]. Scores are computed as keys x queries^T: only the few query rows are transposed, never the
 * keys. All layers meet in one tensor, so that mask, softmax and mean cost one node each.
 */
function readOut(layers: readonly LayerAttention[], queries: readonly string[], shape: DecoderShape, narrow: boolean) {
  const { keyValueHeads: kv, headSize: size } = shape;
  const group = shape.heads / kv;
  const local = (part: string): string => name(`attention/${part}`);
  const nodes: NodeProto[] = [];
  const add = (op: string, inputs: readonly string[], output: string, attributes: Parameters<typeof node>[3] = {}): string => {
    nodes.push(node(op, inputs, local(output), attributes));
    return local(output);
  };
  const constants = [
    int64s(local('query_parts'), [-1, kv, group, size]),
    int64s(local('query_matrix'), [1, kv, size, -1]),
    int64s(local('score_parts'), [layers.length, shape.heads, -1, 0]),
    float32(local('scale'), layers[0].scale),
    int64s(local('head_axes'), [0, 1]),
  ];
  const scores = layers.map((layer, index) => {
    const part = (which: string): string => `layers.${index}/${which}`;
    const float = (input: string, which: string): string => (narrow ? add('Cast', [input], part(which), { to: DataType.FLOAT }) : input);
    let query = add('Reshape', [queries[index], local('query_parts')], part('query_parts'));
    query = add('Transpose', [float(query, 'query_float')], part('query_turned'), { perm: [1, 3, 2, 0] });
    query = add('Reshape', [query, local('query_matrix')], part('query'));
    return add('MatMul', [float(layer.key, 'key_float'), query], part('scores'));
  });
  const all = add('Concat', scores, 'scores', { axis: 0 });
  const turned = add('Transpose', [all], 'scores_turned', { perm: [0, 1, 3, 2] });
  // [layers, kv, group * rows, total] -> [layers, heads, rows, total]: rows come last within a group.
  const apart = add('Reshape', [turned, local('score_parts')], 'scores_apart');
  const masked = add('Add', [add('Mul', [apart, local('scale')], 'scaled'), INPUTS.attentionMask], 'masked');
  const shares = add('Softmax', [masked], 'shares', { axis: -1 });
  const columns = add('Gather', [shares, INPUTS.columns], 'columns', { axis: 3 });
  const mean = add('ReduceMean', [columns, local('head_axes')], 'mean', { keepdims: 0 });
  return branch(name('read_attention'), nodes, constants, valueInfo(mean, DataType.FLOAT, ['some_rows', 'some_columns']));
}
