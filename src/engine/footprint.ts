// What a model needs to run, from its sizes alone: download, GPU memory, the tab's own memory, the largest buffer.
import type { Footprint } from './model-report';
import { bytesPerNumber, is16Bit, is4Bit, type Dtype } from '../model/dtype';

/** The sizes that decide what a model costs. */
export interface ModelSizes {
  readonly layers: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly hiddenSize: number;
  readonly vocabularySize: number;
  /** Attention heads of the vision encoder. */
  readonly visionHeads: number;
  /** The most patches of a picture, before merging, where the model reads fewer than 4,096. */
  readonly mostPatches?: number;
}

/** Bytes of the files of one dtype. */
export interface WeightSizes {
  readonly download: number;
  readonly largestFile: number;
}

/** Rows a key/value cache is counted for: a picture of 1,024 image tokens with its question, think tokens and answer. */
export const CACHE_ROWS = 2048;
/** Patches the vision encoder's scores are counted for: 1,024 image tokens. */
const PATCHES = 4096;
/** Rows of logits alive at once. */
const LOGIT_ROWS = 16;
/** Copies of a graph's bytes while it is instrumented and built, and the runtime itself. */
const HEAP_BASE = 160e6;
/** Bytes per weight of a 4-bit matrix with a scale per block of 32 (f16 scales; f32 costs 0.0625 more) and its zero points. */
const FOUR_BIT = 0.58;

/**
 * An estimate; the browser tells nobody how much GPU memory there is. GPU: all weights, the key/value cache of 2,048 rows (2 *
 * layers * key/value heads * head size numbers a row), one layer of the vision encoder's attention scores, and logits. Heap:
 * with `lazyWeights` the runtime reads weights from disk in pieces, else one whole file lies in memory while it is read.
 */
export function footprint(sizes: ModelSizes, weights: WeightSizes, dtype: Dtype, lazyWeights: boolean): Footprint {
  const number = bytesPerNumber(dtype);
  const { layers, keyValueHeads, headSize, vocabularySize, hiddenSize, visionHeads, mostPatches = PATCHES } = sizes;
  const cache = 2 * layers * keyValueHeads * headSize * CACHE_ROWS * number;
  const scores = visionHeads * Math.min(mostPatches, PATCHES) ** 2 * number;
  const logits = vocabularySize * LOGIT_ROWS * 4;
  const head = vocabularySize * hiddenSize * (is4Bit(dtype) ? FOUR_BIT : number);
  return {
    download: weights.download,
    gpu: weights.download + cache + scores + logits,
    heap: HEAP_BASE + (lazyWeights ? 0 : weights.largestFile),
    binding: Math.round(Math.max(head, logits)),
    f16: is16Bit(dtype),
  };
}
