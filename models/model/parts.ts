// What a model is put together from.
import type { Tensor } from 'onnxruntime-common';
import type { ModelInfo } from '../../src/model/latent-model';
import type { Decoder } from '../decoder/decoder';
import type { Embedder } from '../decoder/embedder';
import type { Tokenizer } from '../decoder/tokenizer';
import type { GradientReader } from '../decoder/reward-gradient';
import type { FamilyParts } from './family-parts';

/** What of a decoder is used here; a `Decoder` is one. */
export type PassReader = Pick<Decoder, 'run' | 'split' | 'share' | 'free' | 'close' | 'config' | 'packs' | 'bytesReadBack'>;

export interface ModelParts<D extends PassReader = Decoder> {
  readonly decoder: D;
  readonly embedder: Pick<Embedder, 'rows' | 'free' | 'close'> & {
    /** As `Embedder.tensor`; numbers where there is no device to leave them on. */
    tensor(ids: Uint32Array): Promise<Tensor | Float32Array>;
  };
  readonly tokenizer: Pick<Tokenizer, 'encode' | 'decode' | 'stream'>;
  readonly family: FamilyParts;
  /** What reads gradients; null where the model's folder has no graph for them. */
  readonly gradient: Pick<GradientReader, 'run' | 'close'> | null;
  readonly info: ModelInfo;
}
