// Where runs come from: a loaded model, or a recording.
import type { RunEvent } from '../events/events';
import type { PixelRect } from '../image/tiles';
import type { SettingsRecord } from '../settings/space';
import type { AbortHandle } from './abort';

/** The encoded bytes of a picture file as the visitor gave it (PNG, JPEG, WebP, AVIF, GIF…), with its name for messages. */
export interface Picture {
  readonly bytes: ArrayBuffer;
  readonly name: string;
}

/** One question about one picture. */
export interface RunRequest {
  /** Id of a method. */
  readonly method: string;
  readonly picture: Picture;
  readonly question: string;
  /** Settings of the method; those left out have their defaults. */
  readonly settings: SettingsRecord;
  /** Where the picture shows what the question is about, in its pixels; absent where nobody knows. */
  readonly focus?: readonly PixelRect[];
  /**
   * Whether rows that the run before has read of the same picture and prompt are continued from instead of being read again: the
   * same numbers up to rounding. For batches; default false. `begin`: this run reads all rows itself, and the next one may continue
   * from them; so that what a run gives does not depend on runs before the one that began.
   */
  readonly reuse?: boolean | 'begin';
}

/** A run that can be started: of a request by a loaded model, or of a recording. */
export interface RunSource {
  /** The run's events. The stream never throws: it ends with exactly one terminal event, also when its worker crashes. */
  start(signal: AbortHandle): AsyncIterable<RunEvent>;
}
