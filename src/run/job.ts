// What a run is made from.
import type { DeviceFacts } from '../events/events';
import type { PixelRect } from '../image/tiles';
import type { Random } from '../math/random';
import type { Method, ThoughtBlock } from '../methods/method';
import type { AbortSignalLike, Context, LatentModel, ModelImage, PixelBounds } from '../model/latent-model';
import type { SettingsRecord } from '../settings/space';

/** A picture that has been decoded and resized, with the small copy that recordings keep. */
export interface PreparedPicture {
  readonly image: ModelImage;
  /** PNG or JPEG data URL of the resized picture. */
  readonly preview: string;
}

/** All that a run needs. The clock and the date are the caller's, so that a run can be repeated exactly. */
export interface RunJob {
  readonly runId: string;
  readonly method: Method;
  readonly question: string;
  /** Settings of the method that differ from their defaults; checked here. */
  readonly settings: SettingsRecord;
  readonly model: LatentModel;
  readonly device: DeviceFacts;
  /** Decodes the picture and has the model resize it. Called once; what it throws ends the run as `failed`. */
  readonly prepare: (model: LatentModel, bounds: PixelBounds) => Promise<PreparedPicture> | PreparedPicture;
  /** Where the picture shows what the question is about, in pixels of the picture that was given; absent where nobody knows. */
  readonly focus?: readonly PixelRect[];
  /** Told of the prompt's context when it has been read; whoever keeps a branch of it lets the next run continue from its rows. */
  readonly hold?: (context: Context) => void;
  /** Told of the vectors of the thought, which events have none of: by step, and what is decoded. */
  readonly trace?: {
    keep(step: number, block: ThoughtBlock): void;
    decode(block: ThoughtBlock | null): void;
  };
  readonly signal: AbortSignalLike;
  /** Milliseconds from any fixed point. */
  readonly now: () => number;
  /** ISO 8601 */
  readonly startedAt: string;
  /** Opens a named random stream of a seed. Default: `openStream`. */
  readonly random?: (seed: number, stream: string) => Random;
}
