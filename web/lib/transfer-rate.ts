// How fast a download goes, over the last few seconds: steady enough to read, quick enough to notice a stall.

/** Seconds of history; older samples say nothing about now. */
const WINDOW_MS = 5000;
/** Less history than this gives no speed: the first bytes come from buffers. */
const LEAST_MS = 1000;

interface Sample {
  readonly at: number;
  readonly bytes: number;
}

export class TransferRate {
  #samples: Sample[] = [];

  /**
   * Takes the bytes received so far at a time in milliseconds; answers with bytes per second over the last five seconds, or null
   * while there is too little to go by. A count that goes back (another load) starts anew.
   */
  add(at: number, bytes: number): number | null {
    const last = this.#samples.at(-1);
    if (last !== undefined && bytes < last.bytes) this.#samples = [];
    this.#samples.push({ at, bytes });
    // One sample older than the window stays: the window begins at it.
    while (this.#samples.length > 2 && this.#samples[1].at <= at - WINDOW_MS) this.#samples.shift();
    const [first] = this.#samples;
    const ms = at - first.at;
    return ms < LEAST_MS ? null : ((bytes - first.bytes) / ms) * 1000;
  }
}
