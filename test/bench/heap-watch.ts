// Watches how much memory the benchmark's worker holds while it loads, from outside it.
import { readFileSync } from 'node:fs';
import type { BrowserContext, CDPSession, Page } from 'playwright';

export interface HeapPeak {
  /** JavaScript objects, array buffers, DOM objects and WebAssembly memory of the worker together: the most that was seen. */
  readonly bytes: number;
  /** What that consisted of. */
  readonly parts: { readonly objects: number; readonly buffers: number; readonly wasm: number };
  /** The phase of loading in which it was seen. */
  readonly phase: string;
  /** The same before loading began. */
  readonly before: number;
  /** How often it was looked. */
  readonly looks: number;
  /** The longest time between two looks, in milliseconds: the worker does not answer while it computes. */
  readonly longestGap: number;
  /** Growth of the tab's process to its largest resident size, as the kernel kept it, shared memory included; null outside Linux. */
  readonly resident: number | null;
}

/** Between two looks: looking costs time of both threads. */
const PAUSE_MS = 5;

/** What the worker says of itself: bytes of WebAssembly memory, and what it is doing. */
export interface Held {
  readonly wasm: number;
  readonly phase: string;
}

interface Seen extends Held {
  readonly objects: number;
  readonly buffers: number;
}

interface Usage {
  readonly usedSize: number;
  readonly embedderHeapUsedSize?: number;
  readonly backingStorageSize?: number;
}

/** The debugger's line to the page's worker. */
export class HeapWatch {
  readonly #session: CDPSession;
  readonly #browser: BrowserContext;
  readonly #answers = new Map<number, (result: unknown) => void>();
  readonly #worker: Promise<string>;
  #calls = 0;

  private constructor(session: CDPSession, browser: BrowserContext) {
    this.#session = session;
    this.#browser = browser;
    this.#worker = new Promise((resolve) => {
      session.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
        if (targetInfo.type === 'worker') resolve(sessionId);
      });
    });
  }

  /** Must be attached before the page starts its worker. */
  static async attach(page: Page): Promise<HeapWatch> {
    const session = await page.context().newCDPSession(page);
    const watch = new HeapWatch(session, page.context());
    session.on('Target.receivedMessageFromTarget', ({ message }) => {
      const { id, result } = JSON.parse(message) as { id?: number; result?: unknown };
      if (id !== undefined) watch.#answers.get(id)?.(result);
    });
    // Playwright has no sessions of its own for workers; messages through the page's session need no other connection.
    await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
    return watch;
  }

  /** Runs `job` and looks at the worker's memory again and again until it has ended. */
  async during<T>(job: () => Promise<T>): Promise<{ result: T; peak: HeapPeak }> {
    const first = await this.#look();
    const resident = await this.#residents('VmRSS');
    let most = first;
    let looks = 1;
    let longestGap = 0;
    let last = performance.now();
    const ended = new AbortController();
    const watching = (async () => {
      while (!ended.signal.aborted) {
        const seen = await this.#look();
        if (ended.signal.aborted) return;
        const now = performance.now();
        longestGap = Math.max(longestGap, now - last);
        last = now;
        looks += 1;
        if (sum(seen) > sum(most)) most = seen;
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
    })();
    try {
      const result = await job();
      const grown = await this.#residents('VmHWM');
      const growth = [...grown].map(([pid, bytes]) => bytes - (resident.get(pid) ?? bytes));
      return {
        result,
        peak: {
          bytes: sum(most),
          parts: { objects: most.objects, buffers: most.buffers, wasm: most.wasm },
          phase: most.phase,
          before: sum(first),
          looks,
          longestGap,
          resident: growth.length === 0 ? null : Math.max(...growth),
        },
      };
    } finally {
      ended.abort();
      await Promise.race([watching, new Promise((resolve) => setTimeout(resolve, 1000))]);
    }
  }

  /** Collects what nobody uses any more. */
  async collect(): Promise<void> {
    await this.#ask('HeapProfiler.collectGarbage');
    // What was collected is told to the meters in later tasks.
    await new Promise((resolve) => setTimeout(resolve, 200));
    await this.#ask('HeapProfiler.collectGarbage');
  }

  async #look(): Promise<Seen> {
    const [usage, held] = await Promise.all([
      this.#ask('Runtime.getHeapUsage') as Promise<Usage>,
      this.#ask('Runtime.evaluate', { expression: 'noemaHeld()', returnByValue: true }) as Promise<{
        result: { value?: Held };
      }>,
    ]);
    const { wasm, phase } = held.result.value ?? { wasm: 0, phase: '' };
    const { usedSize, embedderHeapUsedSize = 0, backingStorageSize = 0 } = usage;
    return { objects: usedSize + embedderHeapUsedSize, buffers: backingStorageSize, wasm, phase };
  }

  async #ask(method: string, params: object = {}): Promise<unknown> {
    const sessionId = await this.#worker;
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      this.#answers.set(id, (result) => {
        this.#answers.delete(id);
        resolve(result);
      });
      this.#session.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method, params }) }).catch(reject);
    });
  }

  /** Resident size of every renderer process in bytes, as it is now or the largest it ever was. Empty outside Linux. */
  async #residents(field: 'VmRSS' | 'VmHWM'): Promise<ReadonlyMap<number, number>> {
    const found = new Map<number, number>();
    const session = await this.#browser.browser()?.newBrowserCDPSession();
    const { processInfo = [] } = (await session?.send('SystemInfo.getProcessInfo')) ?? {};
    await session?.detach();
    for (const { type, id } of processInfo) {
      if (type !== 'renderer' || process.platform !== 'linux') continue;
      const [, kilobytes] = new RegExp(`${field}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${id}/status`, 'utf8')) ?? [];
      if (kilobytes !== undefined) found.set(id, Number(kilobytes) * 1024);
    }
    return found;
  }
}

const sum = ({ objects, buffers, wasm }: Seen): number => objects + buffers + wasm;
