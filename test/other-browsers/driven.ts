// What the tests do to a page, whichever browser shows it.
import type { ByName } from './find';

/** A browser with one window, driven from outside. */
export interface Driven {
  /** Name and version, as the browser gives them. */
  readonly version: string;
  /** Folder its downloads go to. */
  readonly downloads: string;
  open(url: string): Promise<void>;
  /** Calls `look` in the page. It must use nothing from outside itself; what it is given and returns must survive JSON. */
  look<A extends readonly unknown[], R>(look: (...args: A) => R, ...args: A): Promise<R>;
  /** Clicks a control as a visitor does, once it stands still. Throws when there is none of that name, or none that can be clicked. */
  press(control: ByName): Promise<void>;
  /** Gives a file input a file of this machine. */
  give(control: ByName, file: string): Promise<void>;
  /** Makes the page that is open this many CSS pixels wide, scroll bar included, and as nearly as can be this high. */
  resize(width: number, height: number): Promise<void>;
  /** Writes what the window shows as a PNG. */
  picture(file: string): Promise<void>;
  /** What the browser itself reported as errors, beside what the page's watcher sees. */
  problems(): readonly string[];
  /** Ends the browser and all that was started for it. */
  close(): Promise<void>;
}
