// What the model needs of its family: how prompts are laid out in rows and positions, and how pictures become features.
import type { RgbPicture } from '../../src/image/resize';
import type { Closing, ModelImage, PixelBounds, Prompt, PromptSegment } from '../../src/model/latent-model';

/** A prompt as the rows the decoder reads. */
export interface PromptRows {
  /** Token ids; placeholders where the image's features go. */
  readonly ids: Uint32Array;
  /** [axes, rows] */
  readonly positions: Int32Array;
  /** The position that the next row gets on every axis. */
  readonly nextPosition: number;
  readonly segments: readonly PromptSegment[];
  /** Rows of the image; null without one. */
  readonly image: { readonly start: number; readonly length: number } | null;
}

/** The parts of a model that differ from family to family. */
export interface FamilyParts {
  /** What stands between a thought and its answer. */
  readonly closing: Closing;
  /** Ids that an answer never has: the tokens of images in models that could draw. */
  readonly barred: ReadonlySet<number>;
  /** Ids that end an answer. */
  readonly endTokenIds: ReadonlySet<number>;
  /** Passes of the image encoder so far. */
  readonly visionPasses: number;
  /** Frames a prompt with the family's chat template. Throws BAD_INPUT when prompt and image do not go together or are too long. */
  layOut(prompt: Prompt, image: ModelImage | null): PromptRows;
  /** See `LatentModel.prepareImage`. */
  prepareImage(picture: RgbPicture, bounds: PixelBounds): ModelImage;
  /** [image tokens, hidden size] features of an image that `prepareImage` made. Throws BAD_IMAGE, WRONG_NUMBERS. */
  encodeImage(image: ModelImage): Promise<Float32Array>;
  /** Releases the sessions that are the family's own. */
  close(): Promise<void>;
}
