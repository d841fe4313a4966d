// What the lines of an evaluation's log say together, without the items themselves: where each result is, what is missing, what was judged.
import type { Verdicts } from './judgement';
import type { Header, Loaded, LogLine, ProblemLine, Verdict } from './log';

/** `At`: where a line is, as whoever keeps the log finds it again. */
export class LogIndex<At> {
  #loaded: Loaded | null = null;
  readonly #items = new Map<number, At>();
  readonly #problems = new Map<number, ProblemLine>();
  readonly #verdicts = new Map<number, Map<string, Verdict>>();

  /** What was loaded; null before anything was. */
  get loaded(): Loaded | null {
    return this.#loaded;
  }

  /** Where the results are, by place of the dataset. */
  get items(): ReadonlyMap<number, At> {
    return this.#items;
  }

  /** Why places have no result, by place. */
  get problems(): ReadonlyMap<number, ProblemLine> {
    return this.#problems;
  }

  /** Places that need nothing more: those with results, and those whose entry itself cannot be asked. */
  get done(): ReadonlySet<number> {
    const final = [...this.#problems].flatMap(([place, { kind }]) => (kind === 'dataset' ? [place] : []));
    return new Set([...this.#items.keys(), ...final]);
  }

  /** Places that have a line, whatever it says, in order. */
  get places(): readonly number[] {
    return [...new Set([...this.#items.keys(), ...this.#problems.keys()])].sort((a, b) => a - b);
  }

  /** Places that have a result, in order. */
  get answered(): readonly number[] {
    return [...this.#items.keys()].sort((a, b) => a - b);
  }

  /** The verdicts of language models at a place. */
  verdicts(place: number): Verdicts {
    return this.#verdicts.get(place) ?? new Map();
  }

  /** Whether the line is a problem that is known already: it adds nothing. */
  knows(line: LogLine): boolean {
    return line.type === 'problem' && this.#problems.get(line.place)?.message === line.message;
  }

  /** Takes a line that stands at `at`. A second result of a place replaces the first: whoever must not have two asks before. */
  enter(line: Exclude<LogLine, Header>, at: At): void {
    switch (line.type) {
      case 'loaded':
        this.#loaded = line;
        return;
      case 'item':
        this.#items.set(line.place, at);
        this.#problems.delete(line.place);
        return;
      case 'problem':
        this.#problems.set(line.place, line);
        return;
      case 'verdict': {
        const verdicts = this.#verdicts.get(line.place) ?? new Map<string, Verdict>();
        verdicts.set(line.arm, line);
        this.#verdicts.set(line.place, verdicts);
      }
    }
  }
}
