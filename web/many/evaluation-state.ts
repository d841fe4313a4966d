// The evaluation of a session: the loop of the command line on the page's model, its books in a thread of their own.
import { wrap } from 'comlink';
import { createStore, type StoreApi } from 'zustand/vanilla';
import type { Picture } from '../../src/engine/run-source';
import { type EngineError, fault, toEngineError } from '../../src/errors';
import { evaluate } from '../../src/evaluation/evaluate';
import type { JudgeName } from '../../src/evaluation/judge';
import type { Header, Loaded } from '../../src/evaluation/log';
import type { Report } from '../../src/evaluation/summary';
import { type Answer, valueOf } from '../../workers/answer';
import type { DatasetFacts, DatasetSource, EvaluationBooks, EvaluationFacts, JudgeAddress } from '../../workers/evaluation/wire';
import { spawnEvaluationWorker } from '../engine/spawn-worker';
import { partOfSession } from '../session/part-of-session';
import type { Session } from '../session/session';
import { manyText } from '../strings/many';
import { askerOf } from './asker';
import { hostOf, type SweepHost, type WorkStatus } from './sweep-state';

export interface EvaluationState {
  readonly status: WorkStatus;
  /** The dataset that is open; null while there is none. */
  readonly dataset: DatasetFacts | null;
  /** What is kept or going on. */
  readonly facts: EvaluationFacts | null;
  readonly report: Report | null;
  readonly judge: JudgeName;
  readonly problem: EngineError | null;
  /** Milliseconds an item takes, of those since the last start; null before the first. */
  readonly pace: number | null;
}

/** Entries asked for at once. */
const AT_ONCE = 50;
/** Least milliseconds between two sums while items come. */
const REPORT_MS = 1000;

export class EvaluationWork {
  readonly state: StoreApi<EvaluationState>;
  readonly books: EvaluationBooks;
  readonly #host: SweepHost;
  /** What is loaded, for the log; null when nothing is. */
  readonly #loaded: () => Loaded | null;
  #stop = new AbortController();
  #reportedAt = -Infinity;

  constructor(host: SweepHost, books: EvaluationBooks, loaded: () => Loaded | null) {
    this.#host = host;
    this.books = books;
    this.#loaded = loaded;
    this.state = createStore<EvaluationState>()(() => ({
      status: 'idle',
      dataset: null,
      facts: null,
      report: null,
      judge: 'strict',
      problem: null,
      pace: null,
    }));
  }

  /** Shows what was kept. Never rejects. */
  restore(): Promise<void> {
    return this.#saying(() => this.#refresh());
  }

  /** Opens a dataset; what is wrong with it is said, and none is open then. Never rejects. */
  async open(make: () => Promise<DatasetSource>): Promise<void> {
    this.state.setState({ dataset: null });
    await this.#saying(async () => {
      const source = await make();
      this.state.setState({ dataset: await this.#call(this.books.open(source)) });
    });
  }

  /** Begins, or goes on with what is kept when it is the same. Resolves when it has ended or was stopped; never rejects. */
  async run(header: Header): Promise<void> {
    if (this.state.getState().status !== 'idle') return;
    const { announce, alone } = this.#host;
    this.#stop = new AbortController();
    this.state.setState({ status: 'running', problem: null, pace: null });
    announce(() => this.stop());
    const release = await alone();
    await this.#saying(async () => {
      if (release === null) throw fault('BAD_INPUT', manyText.elsewhere, manyText.elsewhereAction);
      await this.#call(this.books.begin(header));
      await this.#work(header);
    });
    await this.#saying(() => this.#refresh());
    release?.();
    announce(null);
    this.state.setState({ status: 'idle' });
  }

  /** Stops: the item in progress is given up and asked again later. */
  stop(): void {
    if (this.state.getState().status === 'running') this.state.setState({ status: 'stopping' });
    this.#stop.abort();
  }

  /** Judges in another way, also what is done already. Never rejects. */
  async judgeBy(judge: JudgeName, address: JudgeAddress | null): Promise<void> {
    this.state.setState({ judge });
    await this.#saying(async () => {
      await this.#call(this.books.judgeBy(judge === 'llm' ? address : null));
      await this.#refresh();
      if (judge === 'llm' && address !== null) {
        await this.#call(this.books.judged());
        await this.#refresh();
      }
    });
  }

  /** Takes a log from a file in place of what is kept. Never rejects. */
  takeLog(file: Blob, name: string): Promise<void> {
    return this.#saying(async () => {
      await this.#call(this.books.takeLog(file, name));
      await this.#refresh();
    });
  }

  /** Forgets what is kept. Never rejects. */
  forget(): Promise<void> {
    return this.#saying(async () => {
      await this.#call(this.books.forget());
      await this.#refresh();
    });
  }

  async #work({ arms, range }: Header): Promise<void> {
    const { maker, methods, turn } = this.#host;
    const { signal } = this.#stop;
    const begun = performance.now();
    let done = 0;
    /** What must be safe before the next item begins. */
    let open: Promise<unknown> = Promise.resolve();
    const after = (work: () => Promise<Answer<null>>): void => {
      open = open.then(() => this.#call(work()));
      // Said when it is waited for.
      open.catch(() => undefined);
    };
    const ready = {
      ...maker,
      ready: async () => {
        await maker.ready();
        const loaded = this.#loaded();
        if (loaded !== null) await this.#call(this.books.noteLoaded(loaded));
      },
    };
    for (let from = range.from; !signal.aborted;) {
      const entries = await this.#call(this.books.next(from, range.to, AT_ONCE));
      const last = entries.at(-1);
      if (last === undefined) break;
      from = last.place + 1;
      const outcome = await evaluate<Picture>(entries, {
        arms,
        methods,
        times: true,
        picture: (item) => this.#call(this.books.picture(item.imagePath)),
        ask: askerOf(ready, signal, true),
        keep: (item, arm, events) => after(() => this.books.keepRun(item.place, arm.name, events)),
        append: (line) => {
          after(() => this.books.append(line));
          done += 1;
          this.state.setState({ pace: (performance.now() - begun) / done });
        },
        turn: async () => {
          await open;
          if (performance.now() - this.#reportedAt > REPORT_MS) await this.#refresh();
          await turn();
        },
        signal,
      });
      await open;
      if (outcome === 'stopped') break;
    }
    if (this.state.getState().judge === 'llm' && !signal.aborted) await this.#call(this.books.judged());
  }

  async #refresh(): Promise<void> {
    const facts = await this.#call(this.books.facts());
    const report = facts === null ? null : await this.#call(this.books.report(this.state.getState().judge));
    this.#reportedAt = performance.now();
    this.state.setState({ facts, report });
  }

  async #call<T>(asked: Promise<Answer<T>>): Promise<T> {
    return valueOf(await asked);
  }

  async #saying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (thrown) {
      const problem = toEngineError(thrown);
      if (problem.code !== 'CANCELLED') this.state.setState({ problem });
    }
  }
}

/** What a session's model is, for the log. */
function loadedOf({ model }: Session): Loaded | null {
  const state = model.getState().model;
  if (state.phase !== 'ready') return null;
  const { id, name, family, dtype } = state.model;
  const { kind, description, software } = state.device;
  return { type: 'loaded', model: { id, name, family, dtype }, device: { kind, description, software } };
}

const made = partOfSession(() => ({ work: null as EvaluationWork | null }));

/** The evaluation of a session, made with its thread when it is first asked for. */
export function evaluationOf(session: Session): EvaluationWork {
  const part = made(session);
  if (part.work === null) {
    const books: EvaluationBooks = wrap<EvaluationBooks>(spawnEvaluationWorker());
    part.work = new EvaluationWork(hostOf(session, 'evaluation', manyText.stopEvaluation), books, () => loadedOf(session));
    void part.work.restore();
  }
  return part.work;
}
