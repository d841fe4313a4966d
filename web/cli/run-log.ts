// The events of one run on their way to where `--out` says: kept as they happen, and how it all ended in words and as an exit status.
import type { EngineError } from '../../src/errors';
import type { RunEvent } from '../../src/events/events';
import { isTerminal } from '../../src/events/kinds';
import { writeRecord } from '../../src/events/record';
import { complain, EXIT, inOneSentence, isRefusal } from './command';
import { reasonOf, type Output } from './output';
import { keepElsewhere } from './outputs';

export class RunLog {
  readonly #output: Output | null;
  readonly #print: (text: string) => void;
  readonly #lines: string[] = [];
  #step: number | null = null;
  #last: RunEvent | null = null;
  #finished: Promise<void> | null = null;

  /**
   * @param output where the events go; null for nowhere.
   * @param print gets what a person should read of a run that ended well.
   */
  constructor(output: Output | null, print: (text: string) => void) {
    this.#output = output;
    this.#print = print;
  }

  get hasEnded(): boolean {
    return this.#last !== null && isTerminal(this.#last);
  }

  get hasBegun(): boolean {
    return this.#last !== null;
  }

  add(event: RunEvent): void {
    this.#last = event;
    if (event.type === 'step') this.#step = event.step;
    const line = writeRecord([event]);
    this.#lines.push(line);
    this.#output?.append(line);
    if (!isTerminal(event)) return;
    // A refused request leaves nothing; any other run has its file as soon as it ends, whatever becomes of the next one.
    if (event.type === 'failed' && isRefusal(event.error)) this.#output?.discard();
    else this.#finished = this.#output?.finish() ?? null;
    this.#finished?.catch(() => undefined);
  }

  /**
   * Ends the log of a run.
   *
   * @param problem what kept the run from a terminal event of its own; it becomes one where the run had begun.
   * @param quietly when the problem has been said already.
   * @returns the exit status.
   */
  async end(problem: EngineError | null, quietly: boolean): Promise<number> {
    if (this.hasBegun && !this.hasEnded && problem !== null) this.add(this.#endOf(problem));
    if (!this.hasBegun) this.#output?.discard();
    const last = this.#last;
    const kept = await this.#kept();
    const error = last?.type === 'failed' ? last.error : problem;
    if (last?.type === 'cancelled' || error?.code === 'CANCELLED') return EXIT.stopped;
    if (error === null) return kept ? EXIT.done : EXIT.failed;
    const refused = isRefusal(error);
    if (!quietly) complain(refused ? inOneSentence(error) : inFull(error));
    return refused ? EXIT.refused : EXIT.failed;
  }

  /** For a process that is about to exit: what has happened so far gets its file, with an end that says it was stopped. */
  endNow(): void {
    if (this.hasEnded) return this.#output?.finishNow();
    if (!this.hasBegun) return this.#output?.discard();
    this.#output?.append(writeRecord([{ type: 'cancelled', step: this.#step }]));
    this.#output?.finishNow();
  }

  #endOf(problem: EngineError): RunEvent {
    return problem.code === 'CANCELLED' ? { type: 'cancelled', step: this.#step } : { type: 'failed', error: problem };
  }

  /** Whether the events are where they were to go; says where they are. */
  async #kept(): Promise<boolean> {
    const output = this.#output;
    if (output === null || this.#finished === null) return true;
    const events = `${this.#lines.length} events`;
    try {
      await this.#finished;
      this.#print(`${events} in ${output.name}\n`);
      return true;
    } catch (thrown) {
      const path = keepElsewhere(this.#lines);
      if (path !== null) output.discard();
      const rest = output.partial === null ? '' : `; what fitted is in ${output.partial}`;
      const where = path === null ? `no other place took them either${rest}` : `they are in ${path}`;
      complain(`The run's ${events} could not be written to "${output.name}" (${reasonOf(thrown)}): ${where}.`);
      return false;
    }
  }
}

const inFull = ({ code, message, action, detail }: EngineError): string =>
  `${message} ${action}${detail === undefined ? '' : `\n(${code}: ${detail})`}`;
