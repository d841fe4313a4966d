// The sizes of a model that its decoder, its embeddings and what loads them go by.
import type { ModelSizes } from '../../src/engine/footprint';

/** What is known of any model before its weights come. */
export interface ModelConfig extends ModelSizes {
  readonly architecture: string;
  readonly heads: number;
  /** Most rows of a sequence. */
  readonly maxLength: number;
  /** Numbers that a row's position consists of: 3 with M-RoPE (time, height, width), else 1. */
  readonly positionAxes: 1 | 3;
}
