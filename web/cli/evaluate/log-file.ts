// The log of an evaluation on the disk: append-only, each line safe when `append` returns, read again without holding it in memory.
import * as fs from 'node:fs';
import type { JudgedItem } from '../../../src/evaluation/exported';
import {
  LOG_FORMAT,
  loadedDifference,
  readLine,
  writeLine,
  type Header,
  type ItemLine,
  type Loaded,
  type LogLine,
  type ProblemLine,
  type Verdict,
} from '../../../src/evaluation/log';
import { LogIndex } from '../../../src/evaluation/log-index';
import { fault } from '../../../src/errors';
import { writeWhole } from './whole-file';

/** Bytes read at once. */
const PIECE = 1 << 20;
const LINE_BREAK = 0x0a;
/** A line after the header, whose true number does not matter any more. */
const ITEM_LINE = 2;

/** Where a line stands in the file. */
interface Place {
  readonly offset: number;
  readonly length: number;
}

export class LogFile {
  /** For messages. */
  readonly name: string;
  readonly header: Header;
  readonly #descriptor: number;
  readonly #index = new LogIndex<Place>();
  #end = 0;

  private constructor(path: string, flags: 'r' | 'r+') {
    this.name = path;
    this.#descriptor = fs.openSync(path, flags);
    try {
      this.header = this.#scan();
      // What was cut off while it was written is written again.
      if (flags === 'r+') fs.ftruncateSync(this.#descriptor, this.#end);
    } catch (thrown) {
      fs.closeSync(this.#descriptor);
      throw thrown;
    }
  }

  /** Begins a log in place of whatever is there: it has its whole header, or does not exist. @throws the operating system's error. */
  static create(path: string, header: Header): LogFile {
    writeWhole(path, [writeLine(header)]);
    return new LogFile(path, 'r+');
  }

  /**
   * Opens a log; a last line that was cut off while it was written is dropped. `append` may be called unless it is only read.
   *
   * @throws EngineFault BAD_INPUT that names the line that cannot be read; the operating system's error.
   */
  static open(path: string, readOnly = false): LogFile {
    return new LogFile(path, readOnly ? 'r' : 'r+');
  }

  /** What was loaded; null before anything was. */
  get loaded(): Loaded | null {
    return this.#index.loaded;
  }

  /** Places of the dataset that need nothing more: those with results, and those whose entry itself cannot be asked. */
  get done(): ReadonlySet<number> {
    return this.#index.done;
  }

  /** Places that have a result. */
  get answered(): number {
    return this.#index.items.size;
  }

  /** Why places have no result, in their order. */
  get problems(): readonly ProblemLine[] {
    return [...this.#index.problems.values()].sort((a, b) => a.place - b.place);
  }

  /** Places that have a line, whatever it says. */
  get places(): ReadonlySet<number> {
    return new Set(this.#index.places);
  }

  /** Adds a line; a problem that is known already adds nothing. @throws the operating system's error: nothing of the line is left then. */
  append(line: Exclude<LogLine, Header>): void {
    if (this.#index.knows(line)) return;
    const place = this.#write(line);
    this.#enter(line, place, null);
  }

  /**
   * Notes what was loaded, once.
   *
   * @throws EngineFault BAD_INPUT when the log was begun with another model or on another kind of device.
   */
  noteLoaded(loaded: Loaded): void {
    if (this.loaded === null) return this.append(loaded);
    const difference = loadedDifference(this.loaded, loaded);
    if (difference === null) return;
    const way = 'Go on with the model and the device it was begun with, or name another folder with --out.';
    throw fault('BAD_INPUT', `${this.name} was begun with ${difference}.`, way);
  }

  /** The items in the order of the dataset, read from the disk one by one. */
  *items(): Generator<JudgedItem, void, undefined> {
    for (const place of this.#index.answered) yield this.item(place);
  }

  /** One item. Throws a RangeError for a place without a result. */
  item(place: number): JudgedItem {
    const at = this.#index.items.get(place);
    if (at === undefined) throw new RangeError(`there is no result at place ${place}`);
    const bytes = Buffer.alloc(at.length);
    fs.readSync(this.#descriptor, bytes, 0, at.length, at.offset);
    const text = bytes.toString('utf8');
    // Lines were checked when the file was opened or before they were written; those of an older format are completed.
    const item = (this.header.format === LOG_FORMAT ? JSON.parse(text) : readLine(text, ITEM_LINE, this.name)) as ItemLine;
    return { item, verdicts: this.#index.verdicts(place) };
  }

  /** What stands at a place: a result, or why there is none. Throws a RangeError for a place without a line. */
  line(place: number): ItemLine | ProblemLine {
    return this.#index.problems.get(place) ?? this.item(place).item;
  }

  /** The verdicts of language models at a place. */
  verdicts(place: number): readonly Verdict[] {
    return [...this.#index.verdicts(place).values()];
  }

  close(): void {
    fs.closeSync(this.#descriptor);
  }

  /** Reads the whole file once; what follows the last line break does not count. */
  #scan(): Header {
    let header: Header | null = null;
    let number = 0;
    let rest = Buffer.alloc(0);
    const piece = Buffer.alloc(PIECE);
    for (let at = 0; ;) {
      const read = fs.readSync(this.#descriptor, piece, 0, PIECE, at);
      if (read === 0) break;
      at += read;
      let bytes = Buffer.concat([rest, piece.subarray(0, read)]);
      for (let end = bytes.indexOf(LINE_BREAK); end >= 0; end = bytes.indexOf(LINE_BREAK)) {
        number += 1;
        const line = readLine(bytes.toString('utf8', 0, end), number, this.name);
        if (line.type === 'evaluation') header = line;
        else this.#enter(line, { offset: this.#end, length: end }, number);
        this.#end += end + 1;
        bytes = bytes.subarray(end + 1);
      }
      rest = Buffer.from(bytes);
    }
    if (header === null) throw fault('BAD_INPUT', `${this.name} has no header: it was never begun.`, 'Remove it and start again.');
    return header;
  }

  #enter(line: Exclude<LogLine, Header>, at: Place, number: number | null): void {
    if (line.type === 'item' && this.#index.items.has(line.place)) throw twice(this.name, number, line.place);
    this.#index.enter(line, at);
  }

  #write(line: LogLine): Place {
    const bytes = Buffer.from(writeLine(line));
    const offset = this.#end;
    try {
      for (let done = 0; done < bytes.length;) {
        done += fs.writeSync(this.#descriptor, bytes, done, bytes.length - done, offset + done);
      }
      // A problem is found again; a result is work.
      if (line.type !== 'problem') fs.fsyncSync(this.#descriptor);
    } catch (thrown) {
      fs.ftruncateSync(this.#descriptor, offset);
      throw thrown;
    }
    this.#end += bytes.length;
    return { offset, length: bytes.length - 1 };
  }
}

const twice = (name: string, number: number | null, place: number) =>
  fault('BAD_INPUT', `Line ${number ?? '?'} of ${name} is a second result of item ${place + 1}.`, 'Remove one of the two lines.');
