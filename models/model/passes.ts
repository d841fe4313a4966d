// Passes of one model's decoder: counted, stopped by a signal, with what is said when they go wrong.
import { fault, throwIfAborted } from '../../src/errors';
import type { AbortSignalLike, RewardGradient } from '../../src/model/latent-model';
import type { Pass, PassResult } from '../decoder/decoder';
import type { GradientPass, GradientReader } from '../decoder/reward-gradient';
import { naming } from '../decoder/wrong-numbers';
import { yieldToMessages } from '../runtime/yield';
import type { ModelParts, PassReader } from './parts';
import type { RowSpace } from './rows';

export class Passes<D extends PassReader> {
  /** How rows become embeddings and positions. */
  readonly space: RowSpace;
  /** Passes and rows so far. */
  passes = 0;
  rows = 0;

  constructor(readonly parts: ModelParts<D>) {
    this.space = {
      hiddenSize: parts.info.hiddenSize,
      positionAxes: parts.decoder.config.positionAxes,
      embed: (ids) => parts.embedder.rows(ids),
    };
  }

  /** Runs a pass; embeddings on the device are given back. Throws what `Decoder.run` throws, for the model that is loaded. */
  async run(pass: Pass): Promise<PassResult> {
    const { decoder, embedder, info } = this.parts;
    try {
      const result = await decoder.run(pass).catch(naming(info));
      this.passes += 1;
      this.rows += pass.rows;
      return result;
    } finally {
      if (!(pass.embeddings instanceof Float32Array)) embedder.free(pass.embeddings);
    }
  }

  /** Runs a pass forward and back. Throws what `GradientReader.run` throws, for the model that is loaded. */
  async differentiate(reader: Pick<GradientReader, 'run'>, pass: GradientPass): Promise<RewardGradient> {
    const result = await reader.run(pass).catch(naming(this.parts.info));
    this.passes += 1;
    this.rows += pass.rows;
    return result;
  }

  /** Lets messages in, so that a cancel can arrive, and throws CANCELLED when one has. */
  async pause(signal: AbortSignalLike): Promise<void> {
    await yieldToMessages();
    throwIfAborted(signal);
  }

  /** Throws BAD_INPUT when a sequence of so many rows is longer than the model reads. */
  checkLength(length: number): void {
    const { maxLength } = this.parts.info;
    if (length <= maxLength) return;
    throw fault(
      'BAD_INPUT',
      `Prompt and think tokens have ${length} rows; this model reads at most ${maxLength}.`,
      'Shorten the question, use a smaller picture or fewer patches.',
    );
  }
}
