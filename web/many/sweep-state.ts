// The sweep of a session: begun, stopped, gone on with, also after the page was closed; its runs are kept one by one.
import { createStore, type StoreApi } from 'zustand/vanilla';
import { type EngineError, fault, toEngineError } from '../../src/errors';
import type { RunEvent } from '../../src/events/events';
import { recordLines } from '../../src/events/record';
import type { MethodRegistry } from '../../src/methods/method-registry';
import { type Kept, openKept } from '../../workers/kept';
import { inTurns, joined } from '../lib/in-turns';
import { partOfSession } from '../session/part-of-session';
import type { Session } from '../session/session';
import { manyText } from '../strings/many';
import { askerOf, makerOf, type RunMaker } from './asker';
import { type Cell, cellKey, runSweep, type SweepPlan } from './sweep';

/** So many runs are kept as a whole; of those that come later there is the result alone. */
export const MOST_KEPT_RUNS = 500;

export type WorkStatus = 'idle' | 'running' | 'stopping';

export interface SweepState {
  readonly status: WorkStatus;
  /** Null before the first sweep. */
  readonly plan: SweepPlan | null;
  /** What has ended, in the order in which it did. */
  readonly cells: readonly Cell[];
  /** Keys of cells whose whole runs are kept. */
  readonly kept: ReadonlySet<string>;
  /** What ended the sweep before its time. */
  readonly problem: EngineError | null;
}

/** What a sweep needs of its page. */
export interface SweepHost {
  readonly methods: MethodRegistry;
  readonly maker: RunMaker;
  /** Says that runs are being made in turn, and how they are stopped; null: no more. */
  announce(stop: (() => void) | null): void;
  /**
   * Keeps pages beside this one from such work, which is kept in one place; resolves with what ends that, or with null when one of them is at
   * it.
   */
  alone(): Promise<(() => void) | null>;
  /** Lets the page draw and answer. */
  turn(): Promise<unknown>;
}

const PLAN = 'plan';
const CELL = 'cell:';
const RUN = 'run:';

export class Sweep {
  readonly state: StoreApi<SweepState>;
  readonly #host: SweepHost;
  readonly #storage: Kept;
  #stop = new AbortController();

  constructor(host: SweepHost, storage: Kept) {
    this.#host = host;
    this.#storage = storage;
    this.state = createStore<SweepState>()(() => ({ status: 'idle', plan: null, cells: [], kept: new Set(), problem: null }));
  }

  /** Takes up the sweep that was kept, if there is one that this version can read. */
  async restore(): Promise<void> {
    const plan = (await this.#storage.get(PLAN)) as SweepPlan | undefined;
    if (plan === undefined || this.state.getState().plan !== null) return;
    // A method of another version has none of these runs.
    if (this.#host.methods.find(plan.method) === undefined) return;
    const cells = (await this.#storage.values(await this.#storage.names(CELL))) as readonly Cell[];
    const kept = new Set((await this.#storage.names(RUN)).map((name) => name.slice(RUN.length)));
    if (this.state.getState().plan === null) this.state.setState({ plan, cells, kept });
  }

  /** Begins a sweep in place of the one before, whose runs are forgotten. Resolves when it has ended or was stopped; never rejects. */
  async begin(plan: SweepPlan): Promise<void> {
    if (this.state.getState().status !== 'idle') return;
    await this.#work(async () => {
      this.state.setState({ plan, cells: [], kept: new Set() });
      await this.#storage.clear();
      await this.#storage.set(PLAN, plan);
      return plan;
    });
  }

  /** Makes the runs that are missing; those that failed are tried again. Never rejects. */
  async goOn(): Promise<void> {
    const { plan, status, cells } = this.state.getState();
    if (plan === null || status !== 'idle') return;
    await this.#work(() => {
      this.state.setState({ cells: cells.filter(({ failure }) => failure === null) });
      return Promise.resolve(plan);
    });
  }

  /** Forgets the sweep and its runs; not while it is being made. */
  async forget(): Promise<void> {
    if (this.state.getState().status !== 'idle') return;
    this.state.setState({ plan: null, cells: [], kept: new Set(), problem: null });
    await this.#storage.clear();
  }

  /** Stops after the run in progress has been given up; what has ended stays. */
  stop(): void {
    if (this.state.getState().status === 'running') this.state.setState({ status: 'stopping' });
    this.#stop.abort();
  }

  /** The recording of one run; null when it is not kept. */
  async run(key: string): Promise<string | null> {
    const text = await this.#storage.get(RUN + key);
    return typeof text === 'string' ? text : null;
  }

  /** The recordings of all kept runs, in the order of the plan. */
  async runs(): Promise<readonly string[]> {
    const texts = await this.#storage.values(await this.#storage.names(RUN));
    return texts.filter((text) => typeof text === 'string');
  }

  /** Whether a part of this ends with the page, because the browser keeps no more. */
  get inMemory(): boolean {
    return this.#storage.inMemory;
  }

  async #work(prepare: () => Promise<SweepPlan>): Promise<void> {
    const { methods, maker, announce, alone, turn } = this.#host;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.state.setState({ status: 'running', problem: null });
    announce(() => this.stop());
    const release = await alone();
    try {
      if (release === null) throw fault('BAD_INPUT', manyText.elsewhere, manyText.elsewhereAction);
      const plan = await prepare();
      await runSweep(plan, new Set(this.state.getState().cells.map(cellKey)), {
        methods,
        ask: askerOf(maker, signal, false),
        done: (cell, events) => this.#keep(cell, events),
        turn,
        signal,
      });
    } catch (thrown) {
      const problem = toEngineError(thrown);
      if (problem.code !== 'CANCELLED') this.state.setState({ problem });
    } finally {
      release?.();
      announce(null);
      this.state.setState({ status: 'idle' });
    }
  }

  async #keep(cell: Cell, events: readonly RunEvent[]): Promise<void> {
    const key = cellKey(cell);
    const { kept } = this.state.getState();
    const keeps = events.length > 0 && kept.size < MOST_KEPT_RUNS;
    if (keeps)
      await this.#storage.set(RUN + key, await inTurns(joined(recordLines(events)), () => this.#host.turn().then(() => undefined)));
    await this.#storage.set(CELL + key, cell);
    this.state.setState((before) => ({ cells: [...before.cells, cell], ...(keeps ? { kept: new Set(kept).add(key) } : {}) }));
  }
}

/** What a session's page gives a sweep or an evaluation. @param work its name, for the lock that other pages see. @param label what the button that stops it says. */
export const hostOf = (session: Session, work: string, label: string): SweepHost => ({
  methods: session.methods,
  maker: makerOf(session),
  announce(stop) {
    const { setBatch, setProblem } = session.page.getState();
    // "Try again" of an earlier problem would start a run in between.
    if (stop !== null) setProblem(null);
    setBatch(stop === null ? null : { label, stop });
  },
  alone: () => holdAlone(`noema-${work}`),
  turn: () => new Promise((resolve) => setTimeout(resolve)),
});

/** Takes a lock that one page has at a time; where the browser has none, every page takes it. */
function holdAlone(name: string): Promise<(() => void) | null> {
  const locks = navigator.locks as LockManager | undefined;
  if (locks === undefined) return Promise.resolve(() => undefined);
  return new Promise((resolve) => {
    void locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(null);
      return new Promise<void>((release) => resolve(() => release()));
    });
  });
}

const made = partOfSession(() => ({ sweep: null as Sweep | null }));

/** The sweep of a session, made when it is first asked for. */
export function sweepOf(session: Session): Sweep {
  const part = made(session);
  if (part.sweep === null) {
    part.sweep = new Sweep(hostOf(session, 'sweep', manyText.stopSweep), openKept('sweep'));
    void part.sweep.restore();
  }
  return part.sweep;
}
