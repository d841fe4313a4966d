// What tells one kind of source on another server from the other: a hub's repository from a plain folder.
import type { EngineFault } from '../../src/errors';
import type { FileFacts } from './model-folder';
import type { Credentials } from './request';

/** What a kind of source knows of itself. */
export interface Remote {
  readonly id: string;
  readonly name: string;
  readonly revision: string | null;
  readonly licence: string | null;
  /** The same for every address of the same files, and for no other files. */
  readonly key: string;
  /** The source as it is written by who opens it: the same at the next visit. */
  readonly asked: string;
  /** Whether what lies at an address never changes. */
  readonly pinned: boolean;
  readonly credentials: Credentials | null;
  urlOf(path: string): string;
  /** `fetch` gets files of the folder. */
  list(signal: AbortSignal, fetch: (path: string) => Promise<Blob>): Promise<ReadonlyMap<string, FileFacts> | null>;
  /** Facts of a file that is in no list. */
  probe(path: string, signal: AbortSignal): Promise<FileFacts | null>;
  /** What it means that the server refused a file. */
  refusal(path: string, response: Response): EngineFault | Promise<EngineFault>;
}
