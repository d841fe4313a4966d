// The log of an evaluation as the page keeps it: line by line in the browser's storage, read again without holding it in memory.
import { fault } from '../../src/errors';
import type { Verdicts } from '../../src/evaluation/judgement';
import {
  type Header,
  headerDifference,
  type ItemLine,
  type Loaded,
  loadedDifference,
  type LogLine,
  type ProblemLine,
  readLine,
  writeLine,
} from '../../src/evaluation/log';
import { LogIndex } from '../../src/evaluation/log-index';
import type { Kept } from '../kept';

/** Begins the names of lines, which end in their numbers. */
const LINE = 'line:';
const nameOf = (number: number): string => LINE + String(number).padStart(9, '0');
/** Lines read from the storage at once. */
const AT_ONCE = 200;

/** What is known of an evaluation without reading its lines. */
export interface LogState {
  readonly header: Header;
  readonly loaded: Loaded | null;
  /** Places that need nothing more: with a result, or an entry that cannot be asked. */
  readonly done: ReadonlySet<number>;
  readonly answered: number;
  readonly problems: ReadonlyMap<number, ProblemLine>;
}

export class LogBook {
  readonly #storage: Kept;
  #header: Header | null = null;
  #lines = 0;
  /** Lines go by their numbers. */
  #index = new LogIndex<number>();

  constructor(storage: Kept) {
    this.#storage = storage;
  }

  /** What was kept or begun; null when nothing was. */
  get state(): LogState | null {
    if (this.#header === null) return null;
    const { loaded, done, items, problems } = this.#index;
    return { header: this.#header, loaded, done, answered: items.size, problems };
  }

  /** Takes up what the browser has kept. Lines that this version cannot read end it: what comes before them counts. */
  async restore(): Promise<void> {
    const names = await this.#storage.names(LINE);
    for (let from = 0; from < names.length; from += AT_ONCE) {
      for (const text of await this.#storage.values(names.slice(from, from + AT_ONCE))) {
        try {
          if (typeof text !== 'string') return;
          this.#enter(readLine(text, this.#lines + 1, 'the log'), this.#lines);
        } catch {
          return;
        }
        this.#lines += 1;
      }
    }
  }

  /**
   * Begins an evaluation, or goes on with the one that is kept when it is the same.
   *
   * @throws EngineFault BAD_INPUT when another one is kept that has any result.
   */
  async begin(header: Header): Promise<void> {
    if (this.#header !== null) {
      const difference = headerDifference(this.#header, header);
      if (difference === null) return;
      if (this.#index.items.size > 0) {
        throw fault(
          'BAD_INPUT',
          `An evaluation is kept that is another one: it has ${difference}.`,
          'Go on with it, or save its log and forget it first.',
        );
      }
    }
    await this.forget();
    await this.#write(header);
  }

  /** Adds a line; resolves when it is safe. A problem that is known already adds nothing. */
  async append(line: Exclude<LogLine, Header>): Promise<void> {
    if (this.#index.knows(line)) return;
    await this.#write(line);
  }

  /** Notes what was loaded, once. @throws EngineFault BAD_INPUT when the evaluation was begun with another model or device. */
  async noteLoaded(loaded: Loaded): Promise<void> {
    if (this.#index.loaded === null) return this.append(loaded);
    const difference = loadedDifference(this.#index.loaded, loaded);
    if (difference === null) return;
    throw fault(
      'BAD_INPUT',
      `The evaluation was begun with ${difference}.`,
      'Choose that model and device again, or save the log, forget it and begin anew.',
    );
  }

  /** The verdicts of language models at a place. */
  verdicts(place: number): Verdicts {
    return this.#index.verdicts(place);
  }

  /** Places with a line, in order. */
  places(): readonly number[] {
    return this.#index.places;
  }

  /** The lines at places that have one. */
  async linesAt(places: readonly number[]): Promise<readonly (ItemLine | ProblemLine)[]> {
    const numbers = places.flatMap((place) => this.#index.items.get(place) ?? []);
    const texts = await this.#storage.values(numbers.map(nameOf));
    const items = new Map<number, ItemLine>();
    for (const [index, text] of texts.entries()) {
      const line = typeof text === 'string' ? readLine(text, numbers[index] + 1, 'the log') : null;
      if (line?.type === 'item') items.set(line.place, line);
    }
    return places.flatMap((place) => items.get(place) ?? this.#index.problems.get(place) ?? []);
  }

  /** Every item in order, some at a time. */
  async *items(): AsyncGenerator<ItemLine, void, undefined> {
    const places = this.#index.answered;
    for (let from = 0; from < places.length; from += AT_ONCE) {
      for (const line of await this.linesAt(places.slice(from, from + AT_ONCE))) if (line.type === 'item') yield line;
    }
  }

  /** The whole log as a file. */
  async file(): Promise<Blob> {
    const parts: string[] = [];
    const names = Array.from({ length: this.#lines }, (_, number) => nameOf(number));
    for (let from = 0; from < names.length; from += AT_ONCE) {
      for (const text of await this.#storage.values(names.slice(from, from + AT_ONCE)))
        if (typeof text === 'string') parts.push(`${text}\n`);
    }
    return new Blob(parts, { type: 'application/jsonl' });
  }

  /**
   * Takes a log from a file in place of what is kept; a last line that was cut off is dropped.
   *
   * @throws EngineFault BAD_INPUT that names the line that cannot be read: what is kept stays then.
   */
  async take(file: Blob, name: string): Promise<void> {
    const texts: string[] = [];
    const places = new Set<number>();
    let rest = '';
    const reader = file.stream().pipeThrough(new TextDecoderStream()).getReader();
    for (let { done, value } = await reader.read(); !done; { done, value } = await reader.read()) {
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      for (const text of lines) {
        const line = readLine(text, texts.length + 1, name);
        if (line.type === 'item') {
          if (places.has(line.place)) {
            throw fault(
              'BAD_INPUT',
              `Line ${texts.length + 1} of ${name} is a second result of item ${line.place + 1}.`,
              'Remove one of the two lines.',
            );
          }
          places.add(line.place);
        }
        texts.push(text);
      }
    }
    if (texts.length === 0) throw fault('BAD_INPUT', `${name} has no header: it was never begun.`, 'Choose a log.jsonl of an evaluation.');
    await this.forget();
    for (const [index, text] of texts.entries()) await this.#write(readLine(text, index + 1, name));
  }

  /** Forgets everything. */
  async forget(): Promise<void> {
    this.#header = null;
    this.#lines = 0;
    this.#index = new LogIndex();
    await this.#storage.clear();
  }

  async #write(line: LogLine): Promise<void> {
    const number = this.#lines;
    this.#lines += 1;
    this.#enter(line, number);
    await this.#storage.set(nameOf(number), writeLine(line).trimEnd());
  }

  #enter(line: LogLine, number: number): void {
    if (line.type === 'evaluation') this.#header = line;
    else this.#index.enter(line, number);
  }
}
