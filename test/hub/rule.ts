// How the hub stand-in can be told to misbehave, and what it writes down. Pure types: tests in a browser read them too.

/** Who of the stand-in answers: the hub's API, its files' addresses, the storage these lead to, a plain folder. */
export type Part = 'api' | 'resolve' | 'storage' | 'plain';

/** For requests that all of `at`, `repository`, `file` and `method` fit, so often as `times` says (default: always). */
export interface Rule {
  readonly at?: Part;
  readonly repository?: string;
  /** How the file's path ends. */
  readonly file?: string;
  readonly method?: string;
  readonly times?: number;

  /** Answer with this status and nothing else. */
  readonly status?: number;
  /** Seconds; readable across origins, other than on the real hub. */
  readonly retryAfter?: number;
  /** Everybody sees the repository, but only this token opens files; other tokens are 403. */
  readonly gated?: string;
  /** Only this token sees the repository at all. */
  readonly private?: string;
  /** The commit that `main` is at now; 40 hex digits. */
  readonly commit?: string;
  /** A web page in place of the file. */
  readonly html?: true;
  /** In place of the file so many blanks, packed with gzip to a thousandth. */
  readonly blanks?: number;
  /** The connection is cut when the body comes to this byte of the file, and the other side has had time to read what came before. */
  readonly cutAt?: number;
  /** Nothing is sent from this byte of the file on; the connection stays open. */
  readonly holdAt?: number;
  /** A complete, well-formed answer that lacks so many bytes at the end. */
  readonly shortBy?: number;
  /** One bit of this byte of the file is wrong. */
  readonly flip?: number;
  readonly bytesPerSecond?: number;
  /** No Content-Length. */
  readonly noLength?: true;
  /** Every request is answered with the whole file. */
  readonly noRanges?: true;
  /** As of a file that was changed then; an HTTP date. Pages may read this one, and no ETag. */
  readonly lastModified?: string;
  /** Pages of other origins may not read the answer. */
  readonly noCors?: true;
}

/** One request the stand-in answered. */
export interface Entry {
  readonly part: Part;
  readonly method: string;
  readonly repository: string | null;
  readonly file: string | null;
  readonly url: string;
  readonly range: string | null;
  /** Whether it carried an Authorization header. */
  readonly authorized: boolean;
  readonly referrer: string | null;
  readonly cookie: boolean;
  status: number;
  /** Bytes of the body handed to the connection. */
  bytes: number;
}

/** Where a running stand-in is. All without a '/' at the end. */
export interface HubAddresses {
  /** The hub's origin. */
  readonly hub: string;
  /** The origin its large files come from. */
  readonly storage: string;
}
