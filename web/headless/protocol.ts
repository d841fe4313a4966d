// What `npm run ask` and the page without a screen say to each other.
import type { LoadRequest } from '../../src/engine/model-host';
import type { NamedSource } from '../../src/engine/model-source';
import type { RunRequest } from '../../src/engine/run-source';

/** One question about one picture, as values that survive JSON. */
export interface HeadlessRun extends Pick<RunRequest, 'method' | 'question' | 'settings' | 'focus'> {
  /** The picture file's bytes in base64, and its name. */
  readonly picture: { readonly base64: string; readonly name: string };
}

/** A folder of this machine: its files stand in the page's file input, and their paths below the folder here, in the same order. */
export interface GivenFolder {
  readonly kind: 'folder';
  readonly name: string;
  readonly paths: readonly string[];
}

/** A model, and what it is asked, in this order. */
export interface HeadlessRequest extends Omit<LoadRequest, 'source'> {
  readonly source: NamedSource | GivenFolder;
  readonly runs: readonly HeadlessRun[];
}

/** What the page without a screen puts on `window`. */
export interface Headless {
  /**
   * Loads the model unless the request before asked for the same, then makes the runs one after the other; a run that fails does not
   * keep the next ones from being made. Every event goes to `noemaEvent`, in order; resolves after the last. Never rejects.
   */
  ask(request: HeadlessRequest): Promise<void>;
  /** Stops whatever `ask` is doing; its last event says so, and no further run begins. */
  stop(): void;
}

/** The function that receives each event, as JSON and with the index of its run; null for those of loading. */
export type EventSink = (run: number | null, json: string) => Promise<void>;

declare global {
  interface Window {
    noema?: Headless;
    noemaEvent?: EventSink;
  }
}
