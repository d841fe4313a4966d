// What a place for a run's events must do, whatever kind of place it is.

export interface Output {
  /** As the person typed it. */
  readonly name: string;
  /** The file that holds what could be written, until `finish` gives it its name; null where there is none. */
  readonly partial: string | null;
  /** Whether it is this process's standard output: nothing else may be printed there. */
  readonly isStdout: boolean;
  /** Takes one line, its line break included; what goes wrong is told by `finish`. */
  append(line: string): void;
  /** Resolves when everything is where it should be. Rejects with the error of the operating system. */
  finish(): Promise<void>;
  /** The same for a process that is about to exit: what can be done at once is done. Never throws. */
  finishNow(): void;
  /** Leaves nothing behind. Never throws. */
  discard(): void;
}

/** What the operating system says of a failure, without the name of its call and the path: "no space left on device". */
export function reasonOf(thrown: unknown): string {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return /^[A-Z0-9_]+: ([^,]+)/.exec(message)?.[1] ?? message;
}
