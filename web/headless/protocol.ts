// What `npm run ask` and the page without a screen say to each other.
import type { LoadRequest, Method } from '../../src/engine/engine';
import type { SettingName } from '../../src/settings/schema';
import type { SettingValue } from '../../src/settings/field';

/** One question about one picture, as values that survive JSON. */
export interface HeadlessRequest extends LoadRequest {
  readonly method: Method;
  readonly question: string;
  /** Settings that differ from their defaults. */
  readonly settings: Partial<Record<SettingName, SettingValue>>;
  /** The picture file's bytes in base64, and its name. */
  readonly picture: { readonly base64: string; readonly name: string };
}

/** What the page without a screen puts on `window`. */
export interface Headless {
  /** Loads the model, then runs the request. Every event goes to `noemaEvent`, in order; resolves after the last. Never rejects. */
  ask(request: HeadlessRequest): Promise<void>;
  /** Stops whatever `ask` is doing; its last event says so. */
  stop(): void;
}

/** The function that receives each event, as JSON and with the stream it belongs to. */
export type EventSink = (stream: 'load' | 'run', json: string) => Promise<void>;

declare global {
  interface Window {
    noema?: Headless;
    noemaEvent?: EventSink;
  }
}
