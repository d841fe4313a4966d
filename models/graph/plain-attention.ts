// Grouped-query attention in standard operators, for devices whose fused kernel is slow.
import type { DecoderShape } from './shape';
import type { FusedLayer } from './fused-attention';
import { float32, int64s, node } from './nodes';
import type { NodeProto, TensorProto } from './onnx_pb';

const name = (part: string): string => `noema/plain/${part}`;

/** The tensor [1, heads, rows, total] that holds a layer's attention after the softmax. */
export const sharesOf = (index: number): string => `noema/layers.${index}/shares`;

/** Constants that the nodes of all layers share. */
export function plainConstants({ heads, keyValueHeads: kv, headSize: size }: DecoderShape, scale: number): TensorProto[] {
  const group = heads / kv;
  return [
    int64s(name('cache_parts'), [1, -1, kv, size]),
    int64s(name('query_parts'), [1, -1, kv, group, size]),
    int64s(name('query_rows'), [1, kv, -1, size]),
    int64s(name('per_head'), [1, heads, -1, 0]),
    int64s(name('per_cache_head'), [1, kv, -1, 0]),
    int64s(name('result_parts'), [1, kv, group, -1, size]),
    int64s(name('result'), [1, -1, heads * size]),
    float32(name('scale'), scale),
  ];
}

/**
 * What GroupQueryAttention computes for one sequence without padding: the cache grown by the new rows, and
 * softmax(q k^T * scale + mask) v, the query heads of a key/value head in one matrix product.
 * `mask` is [rows, total]: 0 where a row may look, a large negative number where it may not.
 * ONNX Runtime's WASM kernel takes 15 times as long as these nodes for 12 rows after 1,000.
 */
export function plainAttention(layer: FusedLayer, index: number, mask: string): NodeProto[] {
  const { query, newKey, newValue, pastKey, pastValue, key, value, output } = layer;
  const local = (part: string): string => name(`layers.${index}/${part}`);
  const grown = (rows: string, past: string, present: string, part: string): NodeProto[] => [
    node('Reshape', [rows, name('cache_parts')], local(`${part}_parts`)),
    node('Transpose', [local(`${part}_parts`)], local(`${part}_heads`), { perm: [0, 2, 1, 3] }),
    node('Concat', [past, local(`${part}_heads`)], present, { axis: 2 }),
  ];
  return [
    ...grown(newKey, pastKey, key, 'key'),
    ...grown(newValue, pastValue, value, 'value'),
    node('Mul', [query, name('scale')], local('scaled')),
    node('Reshape', [local('scaled'), name('query_parts')], local('query_parts')),
    node('Transpose', [local('query_parts')], local('query_heads'), { perm: [0, 2, 3, 1, 4] }),
    node('Reshape', [local('query_heads'), name('query_rows')], local('query')),
    node('Transpose', [key], local('key_turned'), { perm: [0, 1, 3, 2] }),
    node('MatMul', [local('query'), local('key_turned')], local('scores')),
    node('Reshape', [local('scores'), name('per_head')], local('head_scores')),
    node('Add', [local('head_scores'), mask], local('masked')),
    node('Softmax', [local('masked')], sharesOf(index), { axis: -1 }),
    node('Reshape', [sharesOf(index), name('per_cache_head')], local('cache_head_shares')),
    node('MatMul', [local('cache_head_shares'), value], local('mixed')),
    node('Reshape', [local('mixed'), name('result_parts')], local('mixed_parts')),
    node('Transpose', [local('mixed_parts')], local('mixed_rows'), { perm: [0, 3, 1, 2, 4] }),
    node('Reshape', [local('mixed_rows'), name('result')], output),
  ];
}
