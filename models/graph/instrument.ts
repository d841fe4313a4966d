// Turns a plain decoder graph into one that also tells what chosen rows attend to and computes the vocabulary only for chosen rows.
import { fault } from '../../src/errors';
import { readAnatomy, type DecoderAnatomy } from './anatomy';
import type { DecoderShape } from './shape';
import { findFusion, type Fused } from './fuse';
import type { FusedLayer } from './fused-attention';
import type { VocabularyHead } from './head';
import type { JoinedFile } from './joined-weights';
import { DataType, int64s, node } from './nodes';
import { openGraph } from './open-graph';
import type { GraphProto } from './onnx_pb';
import { forgetSizes, giveFloatLogits, takeCacheAsGiven, takeFloatEmbeddings } from './outside-types';
import { takePackingMask } from './packing-mask';
import { plainAttention, plainConstants, sharesOf } from './plain-attention';
import { addedInputs, addedOutputs, CAUSAL_MASK, INPUTS, OUTPUTS } from './ports';
import { averageShares, gatherRows, nothing, recomputeShares } from './read-out';
import { readGraph, unlike } from './refuse';
import { Rewrite } from './rewrite';
import { keepRotationOffGpu } from './rotation';
import { unreadWithout } from './unread';
import type { Wiring } from './wiring';

/** How attention is computed: by the export's fused kernel, or taken apart into standard operators, which software runs faster. */
export type AttentionKind = 'fused' | 'plain';

export interface InstrumentOptions {
  /** Default 'fused'. No matter for a graph that has its attention written out already, nor for a float16 one. */
  readonly attention?: AttentionKind;
  /** The layers whose attention is averaged; default all. */
  readonly layers?: readonly number[];
  /** Whether products that read the same rows are joined and rotation is left to the fused kernel; default false. No matter where attention is not fused. */
  readonly fuse?: boolean;
}

/** A decoder that tells what its rows attend to. */
export interface InstrumentedDecoder {
  readonly bytes: Uint8Array;
  /**
   * How a pass may be given the cache. 'in-place': fused attention alone reads it, so past and present may be bound to one
   * buffer of maximal length, of which the kernel reads and writes the rows that the sequence has. 'growing': past and
   * present are different tensors, and the past has exactly the rows so far.
   */
  readonly cache: 'in-place' | 'growing';
  /** Whether a mask can keep candidates apart that are read in one pass: by CAUSAL_MASK in plain attention, else by PACKING_MASK. */
  readonly packs: boolean;
  /** Weight files that are to be handed over otherwise than they were published, for `joinFiles`. */
  readonly files: readonly JoinedFile[];
  /** Nodes that the processor should compute: a GPU would round them coarsely, or be asked for what only the processor needs. */
  readonly onProcessor: readonly string[];
}

const name = (part: string): string => `noema/${part}`;
/** What whoever runs the graph feeds, beside the cache and the added inputs. */
const FED = new Set(['inputs_embeds', 'attention_mask', 'position_ids']);

/**
 * Instruments the decoder in `bytes`; weights are copied, never decoded. Outside, embeddings, logits and read-outs are
 * float32 whatever the graph's type; the cache keeps its own.
 * Where GroupQueryAttention computes, the read-out recomputes softmax(q k^T * scale + mask) for the chosen rows from the
 * tensors it is given; with `attention` 'plain' it is replaced by standard operators, and where attention is written out in
 * these already, the chosen rows of its softmax are taken. The read-out stands in the branch of an `If`, because outputs
 * that nobody fetches are computed all the same; only the gathering of few rows stands outside, so that no layer's whole
 * tensor is kept alive to the end of the pass. Throws BAD_MODEL naming the file when the graph is damaged
 * or not as `shape` and the layout require.
 */
export function instrumentDecoder(
  bytes: Uint8Array,
  shape: DecoderShape,
  fileName: string,
  options: InstrumentOptions = {},
): InstrumentedDecoder {
  return readGraph(fileName, () => instrument(openGraph(bytes, fileName), shape, options));
}

function instrument(wiring: Wiring, shape: DecoderShape, options: InstrumentOptions): InstrumentedDecoder {
  const anatomy = readAnatomy(wiring, shape);
  const rewrite = new Rewrite(wiring);
  const plain = options.attention === 'plain' && anatomy.attention.kind === 'fused' && anatomy.cacheType === DataType.FLOAT;

  const apart = plain && anatomy.attention.kind === 'fused' ? anatomy.attention.layers : [];
  const fusion = (options.fuse ?? false) && !plain && anatomy.attention.kind === 'fused' ? findFusion(rewrite, anatomy, shape) : null;
  const gone = [...anatomy.head.choice, ...apart.map((layer) => layer.node), ...(fusion?.gone ?? [])];
  const read = [
    anatomy.head.hidden,
    ...(fusion?.read ?? []),
    ...apart.flatMap((layer) => [layer.query, layer.newKey, layer.newValue, layer.pastKey, layer.pastValue]),
  ];
  const { unread, inputs } = unreadWithout(wiring, gone, read);
  const strange = inputs.find((input) => !FED.has(input) && !/^past_key_values\.\d+\.(key|value)$/.test(input) && !wiring.weight(input));
  if (strange !== undefined) {
    throw unlike(wiring.readers(strange)[0].node.name, `the input ${strange} is needed, and nothing is known that could be fed to it`);
  }
  for (const record of unread) rewrite.drop(record);
  if (plain) takeApart(rewrite, apart, shape);
  const fused = fusion?.apply() ?? null;

  chooseRows(rewrite, anatomy.head);
  readAttention(rewrite, anatomy, shape, plain, fused, layersToRead(options.layers, shape));
  takeFloatEmbeddings(rewrite);
  takeCacheAsGiven(rewrite);
  giveFloatLogits(rewrite);
  forgetSizes(rewrite);
  const packing = plain ? null : takePackingMask(rewrite, anatomy);
  rewrite.inputs(addedInputs(plain ? 'plain' : anatomy.attention.kind === 'fused' ? 'scores' : 'shares', packing));
  rewrite.outputs(addedOutputs());
  const onProcessor = [...keepRotationOffGpu(rewrite), ...(fused?.onProcessor ?? [])];
  const inPlace = !plain && writesInPlace(wiring, anatomy);
  return {
    bytes: rewrite.write(),
    cache: inPlace ? 'in-place' : 'growing',
    packs: plain || packing !== null,
    files: fused?.files ?? [],
    onProcessor,
  };
}

function layersToRead(wanted: readonly number[] | undefined, { layers }: DecoderShape): readonly number[] {
  if (wanted === undefined) return Array.from({ length: layers }, (_, layer) => layer);
  const known = wanted.every((layer) => Number.isInteger(layer) && layer >= 0 && layer < layers);
  if (wanted.length > 0 && known && new Set(wanted).size === wanted.length) return wanted;
  throw fault(
    'BAD_INPUT',
    `Attention of the layers ${wanted.join(', ')} was asked for.`,
    `Ask for layers 0 to ${layers - 1}, at least one, each once.`,
  );
}

/** Our own choice of rows before the vocabulary, in place of the export's. */
function chooseRows(rewrite: Rewrite, { hidden, reader, unflatten }: VocabularyHead): void {
  const { wiring } = rewrite;
  const float = wiring.type(hidden) === DataType.FLOAT;
  const rows = float ? OUTPUTS.hidden : name('rows');
  rewrite.before(reader, [node('Gather', [hidden, INPUTS.logitRows], rows, { axis: 1 })]);
  if (!float) rewrite.nodes([node('Cast', [rows], OUTPUTS.hidden, { to: DataType.FLOAT })]);
  const edited = rewrite.edit(reader);
  edited.input[0] = rows;
  if (unflatten) {
    // A Gemm's rows have no batch axis: the export's sizes, made for all rows, do not fit the chosen ones.
    const axes = int64s(name('batch_axis'), [0]);
    const last = rewrite.edit(unflatten);
    for (const [entry, op] of [
      [edited, 'Squeeze'],
      [last, 'Unsqueeze'],
    ] as const) {
      const changed = node(
        op,
        wiring.opset < 13 ? [entry.input[0]] : [entry.input[0], axes.name],
        entry.output[0],
        wiring.opset < 13 ? { axes: [0] } : {},
      );
      Object.assign(entry, { opType: op, input: changed.input, attribute: changed.attribute });
    }
    if (wiring.opset >= 13) rewrite.constants([axes]);
  }
}

/** Standard operators in place of every fused attention node. */
function takeApart(rewrite: Rewrite, layers: readonly FusedLayer[], shape: DecoderShape): void {
  for (const [index, layer] of layers.entries()) rewrite.replace(layer.node, plainAttention(layer, index, CAUSAL_MASK));
  rewrite.constants(plainConstants(shape, layers[0].scale));
}

function readAttention(
  rewrite: Rewrite,
  { attention, cacheType }: DecoderAnatomy,
  shape: DecoderShape,
  plain: boolean,
  fused: Fused | null,
  wanted: readonly number[],
): void {
  const { opset } = rewrite.wiring;
  let reading: GraphProto;
  if (attention.kind === 'fused' && !plain) {
    const layers = {
      queries: wanted.map((layer) => fused?.queries[layer] ?? attention.layers[layer].query),
      width: fused?.width ?? shape.heads * shape.headSize,
      rotate: fused?.rotate ?? null,
      keys: wanted.map((layer) => attention.layers[layer].key),
      type: cacheType,
    };
    const rows = gatherRows(layers);
    rewrite.nodes(rows);
    const gathered = rows.map(({ output: [own] }) => own);
    reading = recomputeShares(layers, gathered, shape, attention.layers[0].scale, opset);
  } else {
    const shares = attention.kind === 'fused' ? sharesOf : (layer: number): string => attention.layers[layer].shares;
    const chosen = wanted.map((layer) => name(`layers.${layer}/chosen_rows`));
    rewrite.nodes(wanted.map((layer, index) => node('Gather', [shares(layer), INPUTS.attentionRows], chosen[index], { axis: 2 })));
    reading = averageShares(chosen, !plain, opset);
  }
  const branches = { then_branch: reading, else_branch: nothing('none', DataType.FLOAT) };
  rewrite.nodes([node('If', [INPUTS.wantAttention], OUTPUTS.attention, branches)]);
}

/** Whether nothing but its own attention node reads a layer's past, or its present: else a longer tensor would be seen. */
function writesInPlace(wiring: Wiring, { attention }: DecoderAnatomy): boolean {
  return (
    attention.kind === 'fused' &&
    attention.layers.every(
      ({ node: own, pastKey, pastValue, key, value }) =>
        [pastKey, pastValue].every((tensor) => wiring.readers(tensor).every((entry) => entry === own)) &&
        [key, value].every((tensor) => wiring.readers(tensor).length === 0),
    )
  );
}
