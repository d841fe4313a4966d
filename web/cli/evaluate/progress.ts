// How an evaluation goes on, as one line: items done, accuracy so far, and the time that is left.
import { formatDuration } from '../../../src/text/format';
import type { Screen } from '../terminal-curve';

/** Least milliseconds between two lines where nothing can be drawn over. */
const LINE_MS = 10_000;

export interface ProgressState {
  /** Items that are done, those of earlier starts included. */
  readonly done: number;
  readonly total: number;
  /** Items without a result among them. */
  readonly lost: number;
  /** Right answers by arm, by the strict rules; of all items with a result. */
  readonly right: ReadonlyMap<string, number>;
}

export class Progress {
  readonly #screen: Screen;
  readonly #now: () => number;
  readonly #begun: number;
  readonly #before: number;
  #lastLine = -Infinity;
  #isDrawn = false;

  /** @param before items that were done before this start. */
  constructor(screen: Screen, before: number, now: () => number = () => performance.now()) {
    this.#screen = screen;
    this.#now = now;
    this.#begun = now();
    this.#before = before;
  }

  /** Shows the state: in place on a terminal, elsewhere as a line every ten seconds and at the end. */
  show(state: ProgressState): void {
    const line = this.line(state);
    if (this.#screen.isTTY === true) {
      // A terminal that does not know its width says 0.
      const columns = this.#screen.columns || 80;
      this.#screen.write(`\r\x1b[K${[...line].slice(0, columns - 1).join('')}`);
      this.#isDrawn = true;
      return;
    }
    const now = this.#now();
    if (now - this.#lastLine < LINE_MS && state.done < state.total) return;
    this.#lastLine = now;
    this.#screen.write(`${line}\n`);
  }

  /** Called before other text is printed. */
  settle(): void {
    if (this.#isDrawn) this.#screen.write('\n');
    this.#isDrawn = false;
  }

  /** The state in words. */
  line({ done, total, lost, right }: ProgressState): string {
    const mine = done - this.#before;
    const spent = this.#now() - this.#begun;
    const pace = mine > 0 ? [`${formatDuration(spent / mine)} an item`] : [];
    const left = mine > 0 && done < total ? [`${formatDuration((spent / mine) * (total - done))} left`] : [];
    const answered = done - lost;
    const shares = answered === 0 ? [] : [...right].map(([arm, count]) => `${arm} ${Math.round((100 * count) / answered)} %`);
    return [`${done} of ${total}`, ...(lost === 0 ? [] : [`${lost} without a result`]), ...shares, ...pace, ...left].join(' · ');
  }
}
