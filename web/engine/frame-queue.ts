// Collects events and hands them on once per animation frame, so that a fast run costs one redraw per frame.

/** Asks for one later call. The default takes whichever of a frame and a quarter second comes first: hidden pages get no frames. */
export type Schedule = (work: () => void) => void;

const nextFrame: Schedule = (work) => {
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    cancelAnimationFrame(frame);
    clearTimeout(timer);
    // Not inside the frame's own task: what React does then and what the browser draws after it stay two short tasks.
    setTimeout(work);
  };
  const frame = requestAnimationFrame(once);
  const timer = setTimeout(once, 250);
};

export class FrameQueue<T> {
  #waiting: T[] = [];
  #scheduled = false;
  readonly #take: (items: readonly T[]) => void;
  readonly #schedule: Schedule;

  constructor(take: (items: readonly T[]) => void, schedule: Schedule = nextFrame) {
    this.#take = take;
    this.#schedule = schedule;
  }

  push(item: T): void {
    this.#waiting.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => this.flush());
  }

  /** Hands on what waits, now. */
  flush(): void {
    this.#scheduled = false;
    const items = this.#waiting;
    if (items.length === 0) return;
    this.#waiting = [];
    this.#take(items);
  }
}
