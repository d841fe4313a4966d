// The bookkeeping of the page's evaluation, in a thread of its own (workers/evaluation/wire.ts says what each call does).
import type { Picture } from '../../src/engine/run-source';
import { fault } from '../../src/errors';
import type { BadItem, Item } from '../../src/evaluation/dataset';
import type { JudgeName } from '../../src/evaluation/judge';
import type { JudgeQueue } from '../../src/evaluation/judge-queue';
import { answersOf, judge as judgeAnswer } from '../../src/evaluation/judgement';
import { decider } from '../../src/evaluation/exported';
import type { Header, ItemLine, Loaded, ProblemLine } from '../../src/evaluation/log';
import { reportText } from '../../src/evaluation/report-text';
import { type Report, Summary } from '../../src/evaluation/summary';
import type { RunEvent } from '../../src/events/events';
import { writeRecord } from '../../src/events/record';
import { type Answer, answer } from '../answer';
import { type Kept, openKept } from '../kept';
import type { Permit } from '../network';
import { OpenDataset } from './dataset';
import { openJudge } from './judge';
import { LogBook } from './log-book';
import type { DatasetFacts, DatasetSource, EvaluationBooks, EvaluationFacts, ItemRow, JudgeAddress } from './wire';

/** So many runs are kept whole. */
const MOST_KEPT_RUNS = 500;

const runName = (place: number, arm: string): string => `run:${String(place).padStart(9, '0')}:${arm}`;

export class EvaluationService implements EvaluationBooks {
  readonly #storage: Kept;
  readonly #permit: Permit;
  readonly #log: LogBook;
  readonly #restored: Promise<void>;
  #dataset: OpenDataset | null = null;
  #runs = new Set<string>();
  #judge: JudgeQueue | null = null;
  #notes: string[] = [];
  /** Sums by rules, kept up with every line; a language model's verdicts come later than the lines, so these are summed anew. */
  #sums = new Map<JudgeName, Summary>();

  constructor(permit: Permit, storage: Kept = openKept('evaluation')) {
    this.#storage = storage;
    this.#permit = permit;
    this.#log = new LogBook(storage);
    this.#restored = this.#restore();
  }

  async #restore(): Promise<void> {
    await this.#log.restore();
    this.#runs = new Set(await this.#storage.names('run:'));
  }

  open(source: DatasetSource): Promise<Answer<DatasetFacts>> {
    return answer(async () => {
      this.#dataset = null;
      this.#dataset = await OpenDataset.open(source);
      return this.#dataset.facts;
    });
  }

  next(from: number, to: number, count: number): Promise<Answer<readonly (Item | BadItem)[]>> {
    return answer(() => {
      const done = this.#log.state?.done ?? new Set();
      const found: (Item | BadItem)[] = [];
      const { entries } = this.#opened();
      for (let place = from; place < Math.min(to, entries.length) && found.length < count; place++) {
        if (!done.has(place)) found.push(entries[place]);
      }
      return found;
    });
  }

  picture(path: string): Promise<Answer<Picture>> {
    return answer(() => this.#opened().picture(path));
  }

  facts(): Promise<Answer<EvaluationFacts | null>> {
    return answer(async () => {
      await this.#restored;
      const { state } = this.#log;
      if (state === null) return null;
      const { header, answered, problems } = state;
      return {
        header,
        done: answered + problems.size,
        lost: problems.size,
        total: header.range.to - header.range.from,
        rows: answered + problems.size,
        inMemory: this.#storage.inMemory,
        notes: this.#notes.slice(-3),
      };
    });
  }

  begin(header: Header): Promise<Answer<null>> {
    return answer(async () => {
      await this.#restored;
      const { facts } = this.#opened();
      if (facts.sha256 !== header.dataset.sha256) {
        throw fault(
          'BAD_INPUT',
          `The chosen dataset is not ${header.dataset.name} as it was when the evaluation began.`,
          'Choose that file again.',
        );
      }
      const before = this.#log.state?.header;
      await this.#log.begin(header);
      if (this.#log.state?.header !== before) this.#empty();
      return null;
    });
  }

  noteLoaded(loaded: Loaded): Promise<Answer<null>> {
    return answer(async () => {
      await this.#log.noteLoaded(loaded);
      return null;
    });
  }

  append(line: ItemLine | ProblemLine): Promise<Answer<null>> {
    return answer(async () => {
      await this.#log.append(line);
      // A problem may give way to a result later: sums with problems in them are made anew.
      if (line.type === 'item') for (const sum of this.#sums.values()) sum.add(line, this.#log.verdicts(line.place));
      if (line.type === 'item') this.#judge?.add(line, this.#log.verdicts(line.place));
      return null;
    });
  }

  keepRun(place: number, arm: string, events: readonly RunEvent[]): Promise<Answer<null>> {
    return answer(async () => {
      const name = runName(place, arm);
      if (this.#runs.size >= MOST_KEPT_RUNS && !this.#runs.has(name)) return null;
      await this.#storage.set(name, writeRecord(events));
      this.#runs.add(name);
      return null;
    });
  }

  run(place: number, arm: string): Promise<Answer<string | null>> {
    return answer(async () => {
      const text = await this.#storage.get(runName(place, arm));
      return typeof text === 'string' ? text : null;
    });
  }

  report(name: JudgeName): Promise<Answer<Report>> {
    return answer(() => this.#report(name));
  }

  reportText(name: JudgeName): Promise<Answer<string>> {
    return answer(async () => reportText(await this.#report(name)));
  }

  rows(from: number, to: number, name: JudgeName): Promise<Answer<readonly ItemRow[]>> {
    return answer(async () => {
      const lines = await this.#log.linesAt(this.#log.places().slice(from, to));
      return lines.map((line) => this.#row(line, name));
    });
  }

  logFile(): Promise<Answer<Blob>> {
    return answer(() => this.#log.file());
  }

  takeLog(file: Blob, name: string): Promise<Answer<null>> {
    return answer(async () => {
      await this.#restored;
      await this.#log.take(file, name);
      this.#empty();
      return null;
    });
  }

  forget(): Promise<Answer<null>> {
    return answer(async () => {
      await this.#log.forget();
      this.#empty();
      return null;
    });
  }

  judgeBy(address: JudgeAddress | null): Promise<Answer<null>> {
    return answer(async () => {
      this.#judge?.stop();
      this.#judge = null;
      if (address === null) return null;
      const queue = await openJudge(
        address,
        this.#permit,
        (verdict) => void this.#log.append(verdict),
        (line) => void this.#notes.push(line),
      );
      this.#judge = queue;
      for await (const item of this.#log.items()) queue.add(item, this.#log.verdicts(item.place));
      return null;
    });
  }

  judged(): Promise<Answer<null>> {
    return answer(async () => {
      await this.#judge?.finish();
      return null;
    });
  }

  #opened(): OpenDataset {
    if (this.#dataset === null) throw fault('BAD_INPUT', 'There is no dataset.', 'Choose one.');
    return this.#dataset;
  }

  #empty(): void {
    this.#runs = new Set();
    this.#sums = new Map();
    this.#notes = [];
  }

  async #report(name: JudgeName): Promise<Report> {
    await this.#restored;
    const { state } = this.#log;
    if (state === null) throw fault('BAD_INPUT', 'There is no evaluation to report on.', 'Start one.');
    const summary = (name === 'llm' ? undefined : this.#sums.get(name)) ?? (await this.#summed(state.header, name));
    const problems = { dataset: 0, picture: 0, run: 0 };
    for (const { kind } of state.problems.values()) problems[kind] += 1;
    return { ...summary.report(), problems };
  }

  /** Sums of every item. Lines that come while the earlier ones are read would be missed: it begins again then. */
  async #summed(header: Header, name: JudgeName): Promise<Summary> {
    for (;;) {
      const summary = new Summary(header, { judge: name, by: null, groups: [] });
      let count = 0;
      for await (const item of this.#log.items()) {
        summary.add(item, this.#log.verdicts(item.place));
        count += 1;
      }
      if (count !== this.#log.state?.answered) continue;
      if (name !== 'llm') this.#sums.set(name, summary);
      return summary;
    }
  }

  #row(line: ItemLine | ProblemLine, name: JudgeName): ItemRow {
    const { place, idx } = line;
    if (line.type === 'problem') return { place, idx, problem: line.message, prompt: '', solution: '', answers: [], runs: [] };
    const verdicts = this.#log.verdicts(place);
    return {
      place,
      idx,
      problem: null,
      prompt: line.prompt,
      solution: line.solution,
      answers: answersOf(line).map(({ key, answer: given, arm }) => {
        const judgement = judgeAnswer(given.text, line, name, verdicts.get(key));
        return {
          key,
          answer: judgement.rules.answer,
          correct: judgement.correct,
          by: decider(judgement),
          reward: key in line.arms ? (arm.reward?.best ?? null) : null,
        };
      }),
      runs: Object.keys(line.arms).filter((arm) => this.#runs.has(runName(place, arm))),
    };
  }
}
