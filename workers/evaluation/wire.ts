// What the page and the thread of its evaluation say to each other.
import type { Picture } from '../../src/engine/run-source';
import type { BadItem, Item } from '../../src/evaluation/dataset';
import type { JudgeName } from '../../src/evaluation/judge';
import type { Header, ItemLine, Loaded, ProblemLine } from '../../src/evaluation/log';
import type { Report } from '../../src/evaluation/summary';
import type { RunEvent } from '../../src/events/events';
import type { Answer } from '../answer';

/** A file of a folder: its path below that folder, with `/` between folders. */
export interface FolderPicture {
  readonly path: string;
  readonly file: Blob;
}

/** What a person gave: the file, and where the pictures are unless it is a zip file that holds them. */
export interface DatasetSource {
  readonly file: Blob;
  readonly name: string;
  readonly pictures:
    | { readonly kind: 'folder'; readonly name: string; readonly files: readonly FolderPicture[] }
    | { readonly kind: 'zip'; readonly name: string; readonly file: Blob }
    | null;
}

/** What a dataset is, before anything is asked. */
export interface DatasetFacts {
  readonly name: string;
  readonly sha256: string;
  readonly entries: number;
  /** Entries that cannot be asked, and the sentence on the first of them. */
  readonly bad: number;
  readonly problem: string | null;
  /** Whether there is any place where pictures could be. */
  readonly hasPictures: boolean;
}

/** Where and whom to ask. */
export interface JudgeAddress {
  readonly address: string;
  /** Empty for an endpoint without keys. */
  readonly key: string;
  readonly model: string;
}

/** How far an evaluation is. */
export interface EvaluationFacts {
  readonly header: Header;
  readonly done: number;
  /** Items without a result among them. */
  readonly lost: number;
  readonly total: number;
  /** Items with a line of any kind: rows there are. */
  readonly rows: number;
  /** Whether what is kept ends with the page. */
  readonly inMemory: boolean;
  /** What the judge has to say, newest last. */
  readonly notes: readonly string[];
}

/** An item's row in the page's table. */
export interface ItemRow {
  readonly place: number;
  readonly idx: number | null;
  /** Why there is no result; null where there is one. */
  readonly problem: string | null;
  readonly prompt: string;
  readonly solution: string;
  readonly answers: readonly {
    readonly key: string;
    readonly answer: string;
    readonly correct: boolean;
    /** The rule that fired, `none`, or the language model's name. */
    readonly by: string;
    readonly reward: number | null;
  }[];
  /** Arms whose whole runs are kept. */
  readonly runs: readonly string[];
}

/** The bookkeeping of an evaluation: the dataset, the log, its sums. The page makes the runs. Wrapped with comlink: `wrap<EvaluationBooks>(worker)`. */
export interface EvaluationBooks {
  /** Opens a dataset in place of the one before. */
  open(source: DatasetSource): Promise<Answer<DatasetFacts>>;
  /** Entries at places `from` to `to` (excluded) that still need something, the first `count` of them. */
  next(from: number, to: number, count: number): Promise<Answer<readonly (Item | BadItem)[]>>;
  /** A picture of the dataset, by the path that an item gives. */
  picture(path: string): Promise<Answer<Picture>>;
  /** What is kept or going on; null when there is nothing. */
  facts(): Promise<Answer<EvaluationFacts | null>>;
  /** Begins, or goes on with what is kept when it is the same. */
  begin(header: Header): Promise<Answer<null>>;
  noteLoaded(loaded: Loaded): Promise<Answer<null>>;
  /** Adds a line; it is safe when this resolves. */
  append(line: ItemLine | ProblemLine): Promise<Answer<null>>;
  /** Keeps a whole run, as long as there is room for it. */
  keepRun(place: number, arm: string, events: readonly RunEvent[]): Promise<Answer<null>>;
  /** A kept run as text; null when it is not kept. */
  run(place: number, arm: string): Promise<Answer<string | null>>;
  report(judge: JudgeName): Promise<Answer<Report>>;
  /** The report as the command line prints it. */
  reportText(judge: JudgeName): Promise<Answer<string>>;
  /** Rows `from` to `to` (excluded) of the items that have a line, in the order of the dataset. */
  rows(from: number, to: number, judge: JudgeName): Promise<Answer<readonly ItemRow[]>>;
  logFile(): Promise<Answer<Blob>>;
  /** Takes a log from a file in place of what is kept. */
  takeLog(file: Blob, name: string): Promise<Answer<null>>;
  forget(): Promise<Answer<null>>;
  /** Has a language model judge from now on, and what it has not judged yet; null: nobody is asked any more. */
  judgeBy(address: JudgeAddress | null): Promise<Answer<null>>;
  /** Answers when the language model has judged what it was given. */
  judged(): Promise<Answer<null>>;
}
